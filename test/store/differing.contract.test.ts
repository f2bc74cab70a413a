import { expect, test } from 'vitest'
import { encodeOutputs } from '../../sdk/codec.ts'
import { ANSWERS, DIFFERING_UNITS } from '../../server/store/differing-reads.ts'
import type { DeviceRecord, JobRecord } from '../../server/store/store.ts'
import { describeStore, outputOf, Scene } from '../support/store-kit.ts'

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const differing = (job: JobRecord) => kit().store.reads.differing(job.job)
  const text = (bytes: Uint8Array | null | undefined) => bytes && Buffer.from(bytes).toString()

  /** Each of the devices is given what is left of the job, and says of the units with these keys what stands there. */
  async function say(job: JobRecord, devices: readonly DeviceRecord[], says: Readonly<Record<string, readonly (string | Uint8Array)[]>>) {
    for (const [i, device] of devices.entries()) {
      const { grants } = await scene().lease(job, device, 10)
      const reports = grants.flatMap(({ key, lease }) => {
        const said = says[key]?.[i]
        const { report, ...rest } = outputOf(lease, device)
        return said === undefined ? [] : [{ ...rest, report: { ...report, output: Buffer.from(said) } as typeof report }]
      })
      await scene().settle(reports)
    }
  }

  test('V47 of the unit with the most answers the two that most devices gave are read, with their engines, of one that is decided too', async () => {
    const devices = await scene().devices(4)
    const agreed = await scene().job(2)
    await say(agreed, devices, { 0: ['a', 'a'], 1: ['b'] })
    expect(await differing(agreed)).toBeNull()
    const decided = await scene().job(2)
    await say(decided, devices, { 0: ['a', 'b', 'b'], 1: ['c', 'c'] })
    expect(await differing(decided)).toMatchObject({ unit: '0', answers: [{ devices: 2, engineClasses: ['v8-13'] }, { devices: 1 }] })
    const open = await scene().job(3)
    await say(open, devices, { 0: ['a', 'b'], 1: ['a', 'b', 'c'], 2: ['a'] })
    const found = await differing(open)
    expect([found!.unit, text(found!.input), found!.answers.map(({ output }) => text(output))]).toEqual(['1', 'input 1', ['a', 'b']])
    expect(await kit().store.reads.differing('0'.repeat(32))).toBeUndefined()
  })

  test('V47 an output that is not kept any more is said to be gone, and where a tolerance decides what is near enough is no difference', async () => {
    const devices = await scene().devices(3)
    const large = await scene().job(1)
    await say(large, devices, { 0: ['a'.repeat(1000), 'b'.repeat(1000)] })
    await kit().rows('DELETE FROM "Payload" WHERE size = 1000')
    expect((await differing(large))!.answers.map(({ output }) => output)).toEqual([null, null])
    const near = await scene().job(1, { compare: { relTol: 0, absTol: 0.1 }, redundancy: { quorum: 3 } })
    const number = (value: number) => encodeOutputs([{ value }])
    await say(near, devices.slice(0, 2), { 0: [number(1), number(1.05)] })
    expect(await differing(near)).toBeNull()
    await say(near, devices.slice(2), { 0: [number(2)] })
    expect((await differing(near))!.answers.map(({ output }) => output && Buffer.from(output))).toEqual([
      Buffer.from(number(1)),
      Buffer.from(number(2)),
    ])
  })

  test('V47 they are found by indexes', async () => {
    const sqlite = kit().store.database === 'sqlite'
    const plan = async (statement: string) => {
      const filled = statement.replaceAll('$1', '1')
      return JSON.stringify(await kit().rows(sqlite ? `EXPLAIN QUERY PLAN ${filled}` : `SET enable_seqscan = off; EXPLAIN ${filled}`))
    }
    const units = await plan(DIFFERING_UNITS)
    for (const index of ['WorkUnit_half', 'Lease_oldest', 'Strike_jobId_id', 'Lease_unitId_holder_key']) expect(units).toContain(index)
    expect(units).toMatch(sqlite ? /sqlite_autoindex_Event_1/ : /Event_pkey/)
    for (const of of [units, await plan(ANSWERS)]) expect(of).not.toMatch(/Seq Scan|SCAN (?:l|u|WorkUnit|Lease|Event|Strike)\b(?! USING)/)
    expect(await plan(ANSWERS)).toContain('Lease_unitId_holder_key')
  })
})
