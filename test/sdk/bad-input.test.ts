/** What somebody gives who has no type checker, or other habits: it is refused in a sentence, at once, and nothing is sent. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decode } from '../../sdk/codec.ts'
import { DistributedFunction, type ProcessedUnit } from '../../sdk/distributed-function.ts'
import { connect, type DSage } from '../../sdk/dsage.ts'
import { DistributedFactor } from '../../sdk/functions/factor/distributed-factor.ts'
import type { MapOptions } from '../../sdk/job-options.ts'
import { calculate } from '../../sdk/math.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { type ScriptedServer, scriptedServer } from './scripted-server.ts'

let server: ScriptedServer
let d: DSage
const key = OWNER_KEY.privateKey
beforeAll(async () => {
  server = await scriptedServer((unit, job) =>
    setImmediate(() => {
      const [input] = decode(unit.input) as [unknown]
      if (input !== 'throws') return server.decide(job, 'sealed', unit.key, [{ value: input }])
      server.decide(job, 'sealed', unit.key, [{ error: { name: 'RangeError', message: 'as asked' } }])
      const { events } = server.jobs.get(job)!
      events.push({ ...events.pop()!, stack: '0\n    at deep (bundle.js:1:26)' })
    }),
  )
  d = await connect(server.url, { key })
})
afterAll(async () => {
  await d.close()
  await server.close()
})
const bundle = { bundle: 'export const work = (n) => n' }
/** As somebody writes it whom no type checker reads. */
const anything = (value: unknown) => value as never
const refusal = (message: string | RegExp) => ({ code: 'bad-argument', message: expect.stringMatching(message) })

test.each([
  [{ name: 5 }, 'Expected `name` to be a text, got number'],
  [{ purpose: null }, 'Expected `purpose` to be a text, got null'],
  [{ signal: {} }, 'Expected `signal` to be an AbortSignal, got object'],
  [{ onProgress: 5 }, 'Expected `onProgress` to be a function, got number'],
  [{ output: {} }, 'Expected `output` to be a schema that keeps to Standard Schema'],
  [{ ownDevices: 'yes' }, 'Expected `ownDevices` to be true or false, got string'],
  [5, 'Expected options such as { name'],
])('J55 the options %j are refused by name before anything is sent', async (options, message) => {
  const before = server.asked.length
  await expect(d.map(bundle, [1], anything(options)).wait()).rejects.toMatchObject(refusal(message))
  await expect(d('1', anything(options)).wait()).rejects.toMatchObject(refusal(message))
  expect(server.asked.length).toBe(before)
})

test('J55 no options are no options', async () => {
  expect(await d.map(bundle, [1], null as unknown as MapOptions).wait()).toEqual([1])
})

test.each<[string, () => unknown, string]>([
  ['wait(5)', () => d.map(bundle, [1]).wait(anything(5)), 'Expected options such as { timeout: 5 }, got 5'],
  ['wait({ timeOut: 5 })', () => d.map(bundle, [1]).wait(anything({ timeOut: 5 })), 'got "timeOut"; did you mean "timeout"?'],
  ["wait({ timeout: '5' })", () => d.map(bundle, [1]).wait(anything({ timeout: '5' })), 'to be a number of seconds from 0, got 5'],
  ['blockOnJobs(undefined)', () => d.blockOnJobs(anything(undefined)), 'Expected a job or a list of jobs, got undefined'],
  ['blockOnJobs([5])', () => d.blockOnJobs(anything([5])), 'got 5 for one'],
  ['asCompleted(5)', () => d.asCompleted(anything(5)).next(), 'Expected jobs in an iterable'],
  ['kill("abc")', () => d.kill('abc'), '32 hex digits, got abc'],
  ['kill(undefined)', () => d.kill(anything(undefined)), '32 hex digits, got undefined'],
  ['job("abc")', () => d.job('abc'), 'dsage jobs'],
  [
    'parallel(f)([1, 2])',
    () =>
      d
        .parallel((n: number) => n)(anything([1, 2]))
        .next(),
    'arguments of a call as a list, got number; write',
  ],
  [
    'parallel(f)(1, 2)',
    () =>
      d
        .parallel((n: number) => n)(anything(1))
        .next(),
    'to be iterable',
  ],
  ['connect(undefined)', () => connect(anything(undefined), { key }), 'such as http://127.0.0.1:8082, got undefined'],
  ['connect(ftp)', () => connect('ftp://here', { key }), 'got "ftp://here"'],
  ['connectTimeoutMs: -1', () => connect(server.url, { key, connectTimeoutMs: -1 }), 'above 0, got -1'],
])('J55 %s is refused in a sentence', async (_what, call, message) => {
  await expect((async () => call())()).rejects.toMatchObject(refusal(message.replace(/[()[\]{}.]/g, '\\$&')))
})

test('J55 numbers may stand where integers do while they are exact, and digits be parted as in Python', () => {
  expect(() => new DistributedFactor(d, 91)).not.toThrow()
  expect(() => new DistributedFactor(d, 1.5)).toThrow(
    'Expected an exact integer as a BigInt, a safe number or a text such as "2^61 - 1", got 1.5',
  )
  expect(() => new DistributedFactor(d, 2 ** 60)).toThrow('exact integer')
  expect(calculate('1_000_000 / 2')).toBe(500_000n)
  return expect(d.math(anything(5)).wait()).rejects.toThrow('Expected a text such as "2^61 - 1", got a number')
})

test('J54 a distributed function is told where its work threw', async () => {
  const seen: (string | undefined)[] = []
  class Throwing extends DistributedFunction<string, string, void> {
    protected readonly work = {
      bundle: 'export const work = () => deep()',
    }
    protected override nextJob() {
      return { input: 'throws' }
    }
    protected override processResult({ error }: ProcessedUnit<string, string>) {
      seen.push(error?.stack)
      this.done = true
    }
  }
  await new Throwing(d, { concurrent: 1 }).wait()
  expect(seen).toEqual(['RangeError: as asked\n    at deep (bundle.js:1:26)'])
})
