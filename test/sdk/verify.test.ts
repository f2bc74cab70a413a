/** `verify` and `compare` as a researcher writes them. */
import { fileURLToPath } from 'node:url'
import { afterEach, expect, expectTypeOf, test } from 'vitest'
import { DistributedFunction, type NextJob, type ProcessedUnit } from '../../sdk/distributed-function.ts'
import { dryRun as dryRunIn } from '../../sdk/dry-run.ts'
import { connect, type DSage } from '../../sdk/dsage.ts'
import type { InputResult } from '../../sdk/input-result.ts'
import { type JobOptions, jobSpec } from '../../sdk/job-options.ts'
import { openSandbox } from '../../sdk/local/open-sandbox.ts'
import { TestApp } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { realTimers } from '../support/real-timers.ts'
import { squaringVolunteer } from '../support/squaring-volunteer.ts'
import { scriptedServer } from './scripted-server.ts'

const closes: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close()
})
async function start(): Promise<DSage> {
  const app = await TestApp.start({ timers: realTimers })
  closes.push(() => app.close())
  await squaringVolunteer(app)
  const d = await connect(app.url, { key: OWNER_KEY.privateKey })
  closes.push(() => d.close())
  return d
}

declare const power: bigint

class Squares extends DistributedFunction<bigint, bigint, bigint> {
  override result = 0n
  #next = 1n
  protected readonly work = (n: bigint) => n * n
  protected override readonly verify = (n: bigint, square: bigint) => square === n ** power
  protected override nextJob(): NextJob<bigint> | undefined {
    return this.#next > 5n ? undefined : { key: `${this.#next}`, input: this.#next++ }
  }
  protected override processResult({ output, key }: ProcessedUnit<bigint, bigint>) {
    this.result += output!
    this.done = key === '5' || this.processedJobs.length === 5
  }
}

test('J50 one device and a `verify` suffice: what passes is sealed and said to be verified, with its types', async () => {
  const d = await start()
  const job = d.map((n: bigint) => n * n, [1n, 2n, 3n], {
    batch: 2,
    vars: { power: 2n },
    verify: (n, square) => square === n ** power,
  })
  const certain = { confidence: 1, holders: 1 }
  const results: InputResult<bigint, bigint>[] = []
  for await (const result of job) results.push(result)
  expect(results.toSorted((a, b) => a.index - b.index)).toEqual(
    [1n, 4n, 9n].map((value, index) => ({ index, input: BigInt(index + 1), state: 'sealed', value, verified: true, ...certain })),
  )
  expect(await new Squares(d, { concurrent: 5, vars: { power: 2n } }).wait()).toBe(55n)
})

test('J50 the types of `verify` follow from the work', () => {
  const map = ((...[, , options]: unknown[]) => options) as unknown as DSage['map']
  const options = map(async (n: bigint) => `${n}`, [1n], {
    verify: (n, text) => {
      expectTypeOf(n).toEqualTypeOf<bigint>()
      expectTypeOf(text).toEqualTypeOf<string>()
      return true
    },
  })
  expect(options).toHaveProperty('verify')
  // @ts-expect-error: `verify` takes what the work takes and gives
  map((n: bigint) => n * n, [1n], { verify: (n: string) => n === '' })
})

test('J50 calls are verified with the list of their arguments', async () => {
  const server = await scriptedServer()
  closes.push(() => server.close())
  const d = await connect(server.url, { key: OWNER_KEY.privateKey })
  closes.push(() => d.close())
  const calls = d.parallel((a: number, b: number) => a + b, { verify: ([a, b], sum) => sum - b === a })([[1, 2]])
  void calls.next().catch(() => {})
  const submitted = () => server.asked.find(({ event }) => event === 'submit')?.message as { spec: { verify: string } } | undefined
  await expect.poll(submitted).toBeDefined()
  const module = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(submitted()!.spec.verify)}`)
  expect([module.work([[1, 2], 3]), module.work([[1, 2], 4])]).toEqual([true, false])
})

test('J51 a `verify` that cannot be sent is refused before anything is submitted, by name, line and file', async () => {
  const server = await scriptedServer()
  closes.push(() => server.close())
  const d = await connect(server.url, { key: OWNER_KEY.privateKey })
  closes.push(() => d.close())
  const outside = 7
  const work = (n: number) => n * n
  const free = d.map(work, [1], {
    verify: (n, square) => {
      return square - n === outside
    },
  })
  const { message, file } = await free.wait().then(
    () => expect.unreachable(),
    (error) => error,
  )
  expect(message).toMatch(/uses `outside` from outside itself.*\(line 2 of the function `verify`, given at .*verify\.test\.ts:\d+:\d+\)$/)
  expect(file).toContain(fileURLToPath(import.meta.url))
  await expect(d.map(work, [1], { verify: () => typeof process === 'object' }).wait()).rejects.toThrow(
    '`process` cannot be used where it runs',
  )
  await expect(d.map(work, [1], { verify: 'yes' as never }).wait()).rejects.toThrow('Expected `verify` to be a function (input, output)')
  const large = { vars: { table: 'x'.repeat(300_000) }, verify: (n: number) => (table as string).length > n }
  await expect(d.map(work, [1], large).wait()).rejects.toThrow('Expected `verify` with its `vars` to fit into 262144 bytes')
  expect(server.asked.filter(({ event }) => event === 'submit')).toEqual([])
})
declare const table: unknown

test('J52 a dry run asks `verify` too, in a sandbox, and says why it refuses', async () => {
  const dryRun = dryRunIn.bind(undefined, openSandbox) as DSage['dryRun']
  const square = (n: number) => n * n
  expect(await dryRun(square, 7, { verify: (n, value) => value === n * n })).toMatchObject({ value: 49, verified: true })
  expect(await dryRun(square, 7, { verify: () => false })).toMatchObject({ value: 49, verified: false, refusal: 'false' })
  expect(await dryRun(square, 7)).not.toHaveProperty('verified')
})

test('J53 `compare` is exact unless it says how far numbers may be apart', () => {
  const spec = (options: JobOptions) => jobSpec('0'.repeat(32), 'map', 'a map', options)
  expect(spec({})).not.toHaveProperty('compare')
  expect(spec({ compare: 'exact' })).not.toHaveProperty('compare')
  expect(spec({ compare: { relTol: 1e-9 } }).compare).toEqual({ relTol: 1e-9, absTol: 0 })
  expect(spec({ compare: { absTol: 2 } }).compare).toEqual({ relTol: 0, absTol: 2 })
  for (const compare of ['close', null, { relTol: 2 }, { relTol: -1 }, { absTol: Number.NaN }, { absTol: Number.POSITIVE_INFINITY }, 5])
    expect(() => spec({ compare: compare as never })).toThrow(
      "Expected `compare` to be 'exact' or { relTol: 0 to 1, absTol: 0 or more }, got ",
    )
})
