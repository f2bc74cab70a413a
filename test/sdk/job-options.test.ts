import { expect, test } from 'vitest'
import { DistributedFactor } from '../../sdk/functions/factor/distributed-factor.ts'
import { type JobOptions, jobSpec } from '../../sdk/job-options.ts'
import { connect } from '../../sdk/node.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { scriptedServer } from './scripted-server.ts'

const spec = (options: JobOptions) => jobSpec('0'.repeat(32), 'map', 'a map', options)

test('V15 a job is its owner’s and drawn as a table unless it says otherwise', () => {
  expect(spec({})).toMatchObject({ visibility: 'owner' })
  expect(spec({})).not.toHaveProperty('builtin')
  expect(spec({ visibility: 'public', builtin: 'mandelbrot' })).toMatchObject({ visibility: 'public', builtin: 'mandelbrot' })
})

test.each([{ visibility: 'secret' }, { visibility: null }, { builtin: 'chess' }, { onError: 'panic' }])(
  'V15 the options %o are refused with what is allowed',
  (options) => {
    const [[name, value] = []] = Object.entries(options)
    expect(() => spec(options as JobOptions)).toThrow(new RegExp(`Expected \`${name}\` to be '\\w+' or .*, got ${JSON.stringify(value)}`))
  },
)

test.each([
  [{ redundency: 'none' }, 'got "redundency"; did you mean "redundancy"?'],
  [{ Compare: 'exact' }, 'got "Compare"; did you mean "compare"?'],
  [{ patience: -1 }, /^Expected options to have no names but name, .*, signal, got "patience"\.$/],
  [{ compare: { reltol: 1e-9 } }, 'Expected `compare` to have no names but relTol, absTol, got "reltol"; did you mean "relTol"?'],
  [{ compare: { epsilon: 1e-9 } }, 'got "epsilon".'],
  [{ redundancy: { quorom: 2 } }, 'got "quorom"; did you mean "quorum"?'],
])('J55 the misspelt name in %j is refused with what is known', (options, message) => {
  expect(() => jobSpec('0'.repeat(32), 'map', 'a map', options as JobOptions, [])).toThrow(message)
})

test('J55 names that the caller reads are known, and those that were looked at before are not looked at again', () => {
  expect(() => jobSpec('0'.repeat(32), 'map', 'a map', { seed: 1 } as JobOptions, ['seed'])).not.toThrow()
  expect(() => spec({ distributeFrom: 1 } as JobOptions)).not.toThrow()
})

test.each([
  [{ redundancy: { targetError: '1e-3' } }, 'got {"targetError":"1e-3"}.'],
  [{ redundancy: { targetError: Number.NaN } }, 'got {"targetError":"NaN"}.'],
  [{ redundancy: { quorum: 2n } }, 'got {"quorum":"2n"}.'],
  [{ redundancy: [] }, "Expected `redundancy` to be 'none', { quorum: 1 to 10 } or { targetError: 1e-6 to 1e-2 }, got []."],
  [{ compare: { absTol: 1n } }, 'got {"absTol":"1n"};'],
  [{ compare: { absTol: Number.POSITIVE_INFINITY } }, 'got {"absTol":"Infinity"};'],
  [{ compare: { relTol: '1e-9' } }, 'got {"relTol":"1e-9"};'],
  [{ compare: [] }, "Expected `compare` to be 'exact' or"],
  [{ onError: 1n }, "Expected `onError` to be 'continue' or 'stop', got 1n."],
])('J55 what is of the wrong kind is refused with what came: %o', (options, message) => {
  expect(() => spec(options as never)).toThrow(message)
})

test('G3 a declared cost is sent as it is, and one that cannot be is refused', () => {
  expect(spec({ cost: 0.25 })).toMatchObject({ cost: 0.25 })
  expect(spec({})).not.toHaveProperty('cost')
  for (const cost of [0, -1, 86_401, Number.NaN, '5', null])
    expect(() => spec({ cost } as JobOptions)).toThrow(
      `Expected \`cost\` to be seconds of one input, above 0 and at most 86400, got ${cost}.`,
    )
})

test('V15 a factorisation says what draws it', async () => {
  const server = await scriptedServer()
  const d = await connect(server.url, { key: OWNER_KEY.privateKey })
  const factoring = new DistributedFactor(d, '2^128+1', { bundle: 'export const work = () => {}', distributeFrom: 0 }).start()
  await expect.poll(() => server.asked.find(({ event }) => event === 'submit')?.message.spec).toMatchObject({ builtin: 'factor' })
  await factoring.stop()
  await d.close()
  await server.close()
})

test('T7 `nativeMath` makes a job of one engine, which may not be denied', () => {
  expect(spec({})).not.toHaveProperty('sameEngine')
  expect(spec({ sameEngine: true })).toMatchObject({ sameEngine: true })
  expect(spec({ sameEngine: true })).not.toHaveProperty('nativeMath')
  expect(spec({ nativeMath: true })).toMatchObject({ sameEngine: true, nativeMath: true })
  expect(() => spec({ nativeMath: true, sameEngine: false })).toThrow(/Expected `sameEngine` to be left out or true/)
  expect(() => spec({ nativeMath: 1 } as never)).toThrow('Expected `nativeMath` to be true or false, got number.')
})

test('T7 `**` stays as it stands in the code of a job with `nativeMath`, whatever shape it is sent in', async () => {
  const server = await scriptedServer()
  const d = await connect(server.url, { key: OWNER_KEY.privateKey })
  const native = { nativeMath: true }
  const jobs = [d.map((x: number) => x ** 7, [1], native), d('2 ** 0.5', native), d.map((x: number) => x ** 7, [1])]
  for (const job of jobs) job.wait().catch(() => {})
  const codes = () =>
    server.asked
      .filter(({ event }) => event === 'submit')
      .map(({ message }) => Buffer.from((message as { code?: Uint8Array }).code!).toString())
  await expect.poll(() => codes().length).toBe(3)
  expect(codes().filter((code) => code.includes('dsage$pow'))).toHaveLength(1)
  expect(codes().filter((code) => / \*\* (7|0\.5)/.test(code))).toHaveLength(2)
  await d.close()
})
