import { describe, expect, test } from 'vitest'
import { decode } from '../../sdk/codec.ts'
import type { DSage } from '../../sdk/dsage.ts'
import { JobFailed, ResultRetracted } from '../../sdk/errors.ts'
import type { UnitSpec } from '../../sdk/protocol.ts'
import { scriptedConnections } from './scripted-connection.ts'
import type { OnUnit, ScriptedServer } from './scripted-server.ts'

let server: ScriptedServer
let d: DSage
const scripted = scriptedConnections()
const start = async (onUnit?: OnUnit) => {
  ;({ server, d } = await scripted.start(onUnit))
}

const inputsOf = (unit: UnitSpec) => decode(unit.input) as number[]
const squares = (unit: UnitSpec) =>
  inputsOf(unit).map((n) => (n < 0 ? { error: { name: 'RangeError', message: 'below 0' } } : { value: n * n }))
const seal = (unit: UnitSpec, job: string) => setImmediate(() => server.decide(job, 'sealed', unit.key, squares(unit)))
const square = (n: number) => n * n
const collect = async <Value>(values: AsyncIterable<Value>): Promise<Value[]> => {
  const all: Value[] = []
  for await (const value of values) all.push(value)
  return all
}

describe('J9', () => {
  test('J9 jobs come in the order in which they end, well or badly', async () => {
    // Jobs of the same moment reach the server in any order.
    const held = new Map<string, () => void>()
    await start((unit, job) => held.set(job, () => seal(unit, job)))
    const jobs = [1, -2, 3].map((n) => d.map(square, [n]))
    const coming = d.asCompleted(jobs)
    await expect.poll(() => held.size).toBe(3)
    const order: unknown[] = []
    for (const i of [2, 0, 1]) {
      held.get(jobs[i]!.id)!()
      const { value: job } = await coming.next()
      order.push(jobs.indexOf(job!))
    }
    expect([order, (await coming.next()).done]).toEqual([[2, 0, 1], true])
    await expect(jobs[1]!.wait()).rejects.toThrow(JobFailed)
    expect(await collect(d.asCompleted([]))).toEqual([])
  })

  test('J9 results are combined as they come, and a failed input ends it', async () => {
    await start(seal)
    expect(await d.map(square, [1, 2, 3, 4], { batch: 1 }).reduce((sum, value) => sum + value, 0)).toBe(30)
    expect(await d.map(square, []).reduce((sum) => sum + 1, 7)).toBe(7)
    const failing = d.map(square, [1, -1, 2], { batch: 1 }).reduce((sum) => sum + 1, 0)
    await expect(failing).rejects.toMatchObject({ name: 'JobFailed', index: 1 })
  })

  test('J9 what was combined and is taken back ends the sum', async () => {
    await start((unit, job) =>
      setImmediate(() => {
        server.decide(job, 'accepted', unit.key, squares(unit))
        server.decide(job, 'retracted', unit.key)
      }),
    )
    await expect(d.map(square, [1]).reduce((sum, value) => sum + value, 0)).rejects.toThrow(ResultRetracted)
  })

  test('J9 failed inputs are had by themselves', async () => {
    await start(seal)
    const job = d.map(square, [1, -1, 2, -2], { batch: 1 })
    const failed = await collect(job.errors())
    expect(failed.map(({ input, error }) => [input, error.message]).sort()).toEqual([
      [-1, 'below 0'],
      [-2, 'below 0'],
    ])
    expect(job.eta).toBe(0)
  })

  test('J9 a parallel function gives its arguments with each value, and its first failure', async () => {
    await start((unit, job) =>
      setImmediate(() => {
        const sums = (decode(unit.input) as [number, number][]).map(([n, m]) =>
          m === 0 ? { error: { name: 'Error', message: 'by 0' } } : { value: n / m },
        )
        server.decide(job, 'sealed', unit.key, sums)
      }),
    )
    const over = d.parallel((n: number, m: number) => n / m, { batch: 1 })
    const calls: [number, number][] = [
      [6, 3],
      [1, 4],
    ]
    expect((await collect(over(calls))).sort(([a], [b]) => b[0] - a[0])).toEqual([
      [[6, 3], 2],
      [[1, 4], 0.25],
    ])
    await expect(collect(over([[1, 0]]))).rejects.toMatchObject({ name: 'JobFailed', index: 0 })
    const outside = 5
    await expect(collect(d.parallel((n: number) => n + outside)([[1]]))).rejects.toThrow('`outside`')
  })

  test('J9 calls are added to a scatter while others are computed, and it never waits to be looked at', async () => {
    await start((unit, job) =>
      setImmediate(() =>
        server.decide(
          job,
          'sealed',
          unit.key,
          (decode(unit.input) as unknown[][]).map((args) => ({ value: args.length })),
        ),
      ),
    )
    const scatter = d.scatter((...args: unknown[]) => args.length)
    expect([scatter.add([1, 'two']), scatter.ready()]).toEqual([0, []])
    await expect.poll(() => scatter.ready()).toMatchObject([{ index: 0, input: [1, 'two'], value: 2 }])
    expect(scatter.add([], { loc: 1 })).toBe(1)
    expect(() => scatter.add('no list' as never)).toThrow('as a list, got string')
    expect(await scatter.gather()).toEqual([2, 1])
    expect(scatter.ready().map(({ value }) => value)).toEqual([2, 1])
    expect(() => scatter.add([1])).toThrow('before `gather`')
  })
})
