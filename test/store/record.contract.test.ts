import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { RECORDED_LEASES, RECORDED_UNITS } from '../../server/store/record-reads.ts'
import type { DeviceRecord, UnitRecord } from '../../server/store/store.ts'
import { describeStore, erroredOf, outputOf, Scene } from '../support/store-kit.ts'

const digest = (text: string) => createHash('sha256').update(text).digest('hex')

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const reads = () => kit().store.reads

  async function allRecords(job: string, limit: number): Promise<UnitRecord[]> {
    const found: UnitRecord[] = []
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: Awaited<ReturnType<ReturnType<typeof reads>['unitRecords']>> = await reads().unitRecords(job, after, limit)
      const bytes = page!.units.reduce((sum, { input, output }) => sum + input.length + (output?.length ?? 0), 0)
      expect(page!.units.length === 1 || (page!.units.length <= limit && bytes <= 256 * 1024)).toBe(true)
      found.push(...page!.units)
      after = page!.next
    }
    return found
  }

  /** The device computes the unit with this key, whatever else it is given meanwhile. */
  async function answers(
    job: Awaited<ReturnType<Scene['job']>>,
    device: DeviceRecord,
    says: Readonly<Record<string, string>>,
    holder?: string,
  ) {
    const { grants } = await scene().lease(job, device, 10, holder === undefined ? {} : { holder })
    await scene().settle(
      grants.flatMap(({ key, lease }) => {
        const letter = says[key]
        return letter === undefined ? [] : [letter === 'errored' ? erroredOf(lease, device) : outputOf(lease, device, letter)]
      }),
    )
  }

  test('J44 each unit is given with what was agreed on and all who were given it, named without row ids', async () => {
    const job = await scene().job(3)
    const accountId = await kit().store.ensureAccount('grace', 'volunteer')
    const [first, second, third] = [await scene().device(), await scene().device(), await scene().device(accountId)]
    const large = 'x'.repeat(1000)
    await answers(job, first, { 0: large, 1: 'right', 2: 'errored' })
    await answers(job, second, { 0: large, 1: 'wrong' })
    await answers(job, third, { 1: 'right' }, `a:${accountId}`)
    const [zero, one, two] = await allRecords(job.job, 100)
    const shape = ({ key, inputs, state, output }: UnitRecord) => [key, inputs, state, output && Buffer.from(output).toString()]
    expect(shape(zero!)).toEqual(['0', 1, 'sealed', large])
    expect(zero!.leases.map(({ holder, device, state, output }) => [holder, device, state, output])).toEqual([
      [`d:${first.device}`, first.device, 'agreed', digest(large)],
      [`d:${second.device}`, second.device, 'agreed', digest(large)],
    ])
    expect(shape(one!)).toEqual(['1', 1, 'sealed', 'right'])
    expect(one!.leases.map(({ holder, state, output }) => [holder, state, output])).toEqual([
      [`d:${first.device}`, 'agreed', digest('right')],
      [`d:${second.device}`, 'disagreed', digest('wrong')],
      ['a:grace', 'agreed', digest('right')],
    ])
    expect(one!.leases.every(({ engine, issuedAt, endedAt }) => engine === 'v8-13' && issuedAt > 0 && endedAt! >= issuedAt)).toBe(true)
    expect([two!.state, two!.output]).toEqual(['open', undefined])
    expect(two!.leases.find(({ state }) => state === 'errored')).toMatchObject({
      device: first.device,
      note: expect.stringContaining('died'),
    })
  })

  test('J44 pages are bounded in units and in bytes, inputs and outputs together, and hold every unit once', async () => {
    const job = await scene().job(0, { redundancy: 'none' })
    const specs = Array.from({ length: 130 }, (_, i) => ({
      key: `k${i}`,
      input: Buffer.alloc(i % 40 === 7 ? 200 * 1024 : i, i),
      inputs: 1,
    }))
    for (const half of [specs.slice(0, 70), specs.slice(70)]) await kit().store.transact((tx) => tx.addUnits(job, half))
    const device = await scene().device()
    const { grants } = await scene().lease(job, device, 130)
    await scene().settle(grants.map(({ lease, key }) => outputOf(lease, device, key.repeat(key.endsWith('7') ? 30_000 : 1))))
    const expected = specs.map(({ key }) => [key, key.repeat(key.endsWith('7') ? 30_000 : 1)]).sort()
    for (const limit of [3, 1000]) {
      const records = await allRecords(job.job, limit)
      expect(records.map(({ key, output }) => [key, Buffer.from(output!).toString()]).sort()).toEqual(expected)
    }
    expect(await reads().unitRecords('0'.repeat(32), '', 1)).toBeUndefined()
  })

  test('J44 units and their leases are found by indexes', async () => {
    const sqlite = kit().store.database === 'sqlite'
    const plan = async (text: string) => {
      const filled = text.replaceAll(/\$(\d+)/g, (_all, i: string) => (text === RECORDED_UNITS && i === '2' ? "'key'" : '1'))
      return JSON.stringify(await kit().rows(sqlite ? `EXPLAIN QUERY PLAN ${filled}` : `SET enable_seqscan = off; EXPLAIN ${filled}`))
    }
    expect(await plan(RECORDED_UNITS)).toContain('WorkUnit_jobId_key_key')
    expect(await plan(RECORDED_LEASES)).toContain('Lease_unitId_holder_key')
  })
})
