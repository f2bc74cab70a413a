import { afterEach, expect, test } from 'vitest'
import { decode, encodeOutputs } from '../../sdk/codec.ts'
import { connect } from '../../sdk/dsage.ts'
import { type EstimateOptions, estimate as estimateWith } from '../../sdk/estimate.ts'
import { thisMachine } from '../../sdk/local/machine.ts'
import type { OpenSandbox } from '../../sdk/local-sandbox.ts'
import type { ClusterStatus } from '../../sdk/protocol.ts'
import type { VerifyOption } from '../../sdk/verify.ts'
import { TestApp } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'

const closes: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close()
})

const EMPTY_SECONDS = 0.002
/** A device whose inputs are the seconds they take. */
const device: OpenSandbox = async () => ({
  run: async ({ input }) => {
    const inputs = decode(input) as number[]
    const output = encodeOutputs(inputs.map((value) => (value < 0 ? { error: { name: 'RangeError', message: 'negative' } } : { value })))
    return { output, seconds: EMPTY_SECONDS + inputs.reduce((sum, seconds) => sum + Math.abs(seconds), 0) }
  },
  close: async () => {},
})
const cluster =
  (threadsConnected: number, running = 0) =>
  async () =>
    ({ threadsConnected, jobs: { running } }) as ClusterStatus
const work = (n: number) => n
const estimate = (inputs: Iterable<number> | AsyncIterable<number>, options: EstimateOptions & VerifyOption = {}, status = cluster(4)) =>
  estimateWith({ open: device, status }, work, inputs, options)

test('J47 a pilot of work with files reads them, on this machine', async () => {
  const read: string[] = []
  const open: OpenSandbox = async () => ({
    run: async ({ files, input }) => {
      for (const { name, content } of files!) read.push(`${name} ${await content.text()}`)
      return { output: encodeOutputs((decode(input) as number[]).map((value) => ({ value }))), seconds: 1 }
    },
    close: async () => {},
  })
  const options = { files: { corpus: new Uint8Array(Buffer.from('words')) } }
  expect((await estimateWith({ open, status: cluster(1) }, work, [1, 2], options)).pilot).toHaveLength(2)
  expect(new Set(read)).toEqual(new Set(['corpus words']))
  await expect(estimateWith({ open, status: cluster(1) }, work, [1], { files: { gone: '/none' } })).rejects.toThrow(
    'Expected to run in Node',
  )
})

test('J41 the range holds what all inputs take, for nineteen pilots of twenty', async () => {
  const inputs = Array.from({ length: 1000 }, (_, i) => 0.1 + (i % 37) / 100)
  const truth = inputs.reduce((sum, seconds) => sum + seconds, 0)
  let inside = 0
  for (let seed = 0; seed < 200; seed++) {
    const {
      estimatedSeconds,
      estimatedSecondsRange: [least, most],
      estimatedUnits,
    } = await estimate(inputs, { seed })
    expect(least <= estimatedSeconds && estimatedSeconds <= most).toBe(true)
    const overhead = estimatedUnits * EMPTY_SECONDS
    if (least - overhead <= truth && truth <= most - overhead) inside += 1
  }
  expect(inside).toBeGreaterThanOrEqual(180)
})

test('J41 the pilot is chosen by its seed, from all inputs, whatever gives them', async () => {
  const inputs = Array.from({ length: 500 }, (_, i) => 0.06 + i / 1e6)
  const indexes = async (seed: number, source: Iterable<number> | AsyncIterable<number> = inputs) =>
    (await estimate(source, { seed, pilot: 5 })).pilot.map(({ index }) => index)
  const chosen = await indexes(3)
  async function* slowly() {
    yield* inputs
  }
  expect(await indexes(3, slowly())).toEqual(chosen)
  expect(await indexes(4)).not.toEqual(chosen)
  const all = new Set<number>()
  for (let seed = 0; seed < 100; seed++) for (const index of await indexes(seed)) all.add(index)
  expect([all.size > 250, Math.min(...all) < 25, Math.max(...all) >= 475]).toEqual([true, true, true])
})

test('J41 a pilot of all inputs leaves nothing open, one of a single input everything', async () => {
  const { inputs, estimatedSeconds, estimatedSecondsRange, estimatedUnits, pilot } = await estimate([1, 2, 3])
  expect([inputs, pilot.length, estimatedUnits]).toEqual([3, 3, 3])
  expect(estimatedSeconds).toBeCloseTo(6 + 3 * EMPTY_SECONDS, 9)
  expect(estimatedSecondsRange.map((seconds) => Math.round(seconds))).toEqual([6, 6])
  const single = await estimate([1, 2, 3], { pilot: 1 })
  expect([single.estimatedSecondsRange[0] < 3.1, single.estimatedSecondsRange[1]]).toEqual([true, Number.POSITIVE_INFINITY])
  expect(await estimate([])).toMatchObject({ inputs: 0, estimatedSeconds: 0, estimatedUnits: 0, estimatedOutputBytes: 0 })
})

test('J41 units are as many as batch makes, and bytes and failed inputs are told', async () => {
  const inputs = Array.from({ length: 10_000 }, () => 0.01)
  expect((await estimate(inputs, { batch: 100 })).estimatedUnits).toBe(100)
  // Small ones while the size grows, then about a second's worth in each.
  const { estimatedUnits, estimatedInputBytes, estimatedOutputBytes } = await estimate(inputs)
  expect([estimatedUnits > 200, estimatedUnits < 400]).toEqual([true, true])
  expect([estimatedInputBytes, estimatedOutputBytes > 9 * 10_000]).toEqual([90_000, true])
  const { pilot } = await estimate([0.1, -0.1])
  expect(pilot.map(({ error }) => error?.name)).toEqual([undefined, 'RangeError'])
})

test('J41 the wall time is that of the threads that are there, with copies and other jobs in its range', async () => {
  const inputs = Array.from({ length: 40 }, () => 1)
  const alone = await estimate(inputs, { redundancy: 'none', batch: 1 })
  expect(alone.threads).toBe(4)
  expect(alone.estimatedWallSeconds).toBeCloseTo(10 + (40 * EMPTY_SECONDS) / 4, 9)
  const verified = await estimate(inputs, { verify: () => true, batch: 1 })
  expect(verified.estimatedWallSeconds).toBeCloseTo(alone.estimatedWallSeconds!, 9)
  const shared = await estimate(inputs, { redundancy: { quorum: 3 }, batch: 1 }, cluster(4, 1))
  expect(shared.estimatedWallSeconds).toBeCloseTo(3 * alone.estimatedWallSeconds!, 9)
  expect(shared.estimatedWallSecondsRange![0]).toBeCloseTo(alone.estimatedWallSeconds!, 9)
  expect(shared.estimatedWallSecondsRange![1]).toBeCloseTo(6 * alone.estimatedWallSeconds!, 9)
  expect((await estimate([30, 1], { redundancy: 'none' }, cluster(64))).estimatedWallSeconds).toBeCloseTo(30, 9)
  expect((await estimate(inputs, {}, cluster(0))).estimatedWallSeconds).toBeUndefined()
})

test('J41 a real sandbox and a real server tell it of a real function', async () => {
  const app = await TestApp.start()
  closes.push(() => app.close())
  await app.volunteer({ threads: 3 })
  const d = await connect(app.url, { key: OWNER_KEY.privateKey, ...thisMachine('nowhere') })
  closes.push(() => d.close())
  const sum = (n: number) => {
    let total = 0
    for (let i = 0; i < n; i++) total += i
    return total
  }
  const result = await d.estimate(sum, [1000, 2000, 3000], { redundancy: 'none' })
  expect(result).toMatchObject({ inputs: 3, threads: 3, estimatedUnits: 3, estimatedWallSeconds: expect.any(Number) })
  expect(result.pilot.every(({ seconds, error }) => seconds >= 0 && seconds < 1 && error === undefined)).toBe(true)
  expect(result.estimatedSeconds).toBeGreaterThan(0)
  expect(await d.getMyJobs()).toEqual([])
  await expect(d.estimate(sum, [1], { pilot: 0 })).rejects.toMatchObject({ code: 'bad-argument', message: /`pilot`/ })
  await expect(d.estimate(sum, [1], { seed: -1 })).rejects.toMatchObject({ code: 'bad-argument', message: /`seed`/ })
  await expect(d.estimate(sum, 7 as never)).rejects.toMatchObject({ code: 'bad-argument', message: /iterable/ })
})
