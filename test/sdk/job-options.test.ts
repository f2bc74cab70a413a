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

test('V15 a factorisation says what draws it', async () => {
  const server = await scriptedServer()
  const d = await connect(server.url, { key: OWNER_KEY.privateKey })
  const factoring = new DistributedFactor(d, '2^128+1', { bundle: 'export const work = () => {}', distributeFrom: 0 }).start()
  await expect.poll(() => server.asked.find(({ event }) => event === 'submit')?.message.spec).toMatchObject({ builtin: 'factor' })
  await factoring.stop()
  await d.close()
  await server.close()
})
