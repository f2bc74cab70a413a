import fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import { BatchSize } from '../../sdk/batch-size.ts'
import { decode, encode, encodeItem, ItemList } from '../../sdk/codec.ts'
import { connect, type DSage } from '../../sdk/dsage.ts'
import { LIMITS, type UnitSpec } from '../../sdk/protocol.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { type ScriptedServer, scriptedServer } from './scripted-server.ts'

const bundle = { bundle: 'export const work = (n) => n' }
let server: ScriptedServer
let d: DSage
const start = async (outputOf: (inputs: unknown[]) => { value: unknown }[]) => {
  const units: UnitSpec[] = []
  server = await scriptedServer((unit, job) => {
    units.push(unit)
    setImmediate(() => server.decide(job, 'sealed', unit.key, outputOf(decode(unit.input) as unknown[])))
  })
  d = await connect(server.url, { key: OWNER_KEY.privateKey })
  return units
}

afterEach(async () => {
  await d?.close()
  await server?.close()
})

it.each([1, 5, 'auto'] as const)('J2 a source may change and give the same object again: batch %s', async (batch) => {
  await start((inputs) => inputs.map((value) => ({ value })))
  function* counter() {
    const one = { i: 0 }
    for (; one.i < 300; one.i++) yield one
  }
  const values = await d.map(bundle, counter(), { batch }).wait()
  expect(values).toEqual(Array.from({ length: 300 }, (_, i) => ({ i })))
})

it('J2 inputs encoded one at a time are the bytes of their list, and are refused where the list would be', () => {
  const joined = (list: readonly unknown[]) => {
    const items = new ItemList()
    for (const item of list) items.add(encodeItem(item))
    return items.join()
  }
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 300 }), (list) => {
      expect(joined(list)).toEqual(encode(list))
    }),
  )
  expect(joined([deep(255)])).toEqual(encode([deep(255)]))
  expect(() => encode([deep(256)])).toThrow('levels')
  expect(() => encodeItem(deep(256))).toThrow('levels')
  expect(() => encodeItem({ a: [1, () => 1] })).toThrow('at $.a[1], got a function')
})

it.each([undefined, null])('J4 a source that throws %s after the job was submitted says so', async (thrown) => {
  await start((inputs) => inputs.map((value) => ({ value })))
  async function* source() {
    yield 1
    while (server.jobs.size === 0) await new Promise((resolve) => setImmediate(resolve))
    throw thrown
  }
  await expect(d.map(bundle, source()).wait()).rejects.toThrow(`threw ${thrown}`)
})

it('J3 batches grow only as far as their outputs fit into a unit', async () => {
  const units = await start((inputs) => inputs.map(() => ({ value: new Uint8Array(20_000) })))
  const inputs = Array.from({ length: 3000 }, (_, i) => i)
  expect(await d.map(bundle, inputs).wait()).toHaveLength(3000)
  const most = Math.max(...units.map((unit) => unit.inputs))
  expect(most).toBeGreaterThan(1)
  expect(most * 20_000).toBeLessThan(LIMITS.payloadBytes)
})

it('J3 outputs near the limit keep one input a unit', () => {
  const size = new BatchSize('auto')
  size.measure({ unitSeconds: 0.001, unitsSent: 1, unitsDecided: 1, unitInputs: 1, outputBytes: LIMITS.payloadBytes / 2 })
  expect(size.inputs).toBe(1)
})
