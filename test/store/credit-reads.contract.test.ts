import { expect, test } from 'vitest'
import { Crediting } from '../../server/crediting.ts'
import type { DeviceRecord, JobRecord } from '../../server/store/store.ts'
import { everyPage } from '../support/every-page.ts'
import { deleteAll, describeStore, outputOf, Scene } from '../support/store-kit.ts'
import { sweepAll } from './credit-recount.ts'

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const reads = () => kit().store.reads.credits
  const account = (name: string) => kit().store.ensureAccount(name, 'volunteer')
  const crediting = (clock: () => number = Date.now) => new Crediting({ store: kit().store, clock })

  /** A job whose units one device computes, each sealed and worth `price`. */
  async function earn(device: DeviceRecord, price: number, units = 1): Promise<JobRecord> {
    const job = await scene().job(units, { redundancy: 'none' }, 'a researcher')
    await kit().store.credits.setPrice(job, [price])
    const holder = device.accountId === null ? `d:${device.id}` : `a:${device.accountId}`
    const { grants } = await scene().lease(job, device, units, { holder })
    await scene().settle(grants.map(({ lease }) => outputOf(lease, device)))
    await kit().rows(`UPDATE "WorkUnit" SET state = 'sealed' WHERE "jobId" = ${job.id}`)
    await kit().rows(`INSERT INTO "CreditDue" ("unitId") SELECT id FROM "WorkUnit" WHERE "jobId" = ${job.id}`)
    await kit().store.transact((tx) => tx.completeInputs(job))
    await sweepAll(kit().store)
    return job
  }

  test('G10 leaders stand in the order of sealed credit, each once in pages of any size, without banned devices', async () => {
    const devices = await scene().devices(5)
    for (const [i, price] of [3, 8, 8, 0.000001, 50].entries()) await earn(devices[i]!, price)
    await kit().store.banDevice(devices[4]!.id, 'a reason')
    const ours = new Map(devices.map(({ device }, i) => [device, i]))
    for (const limit of [1, 2, 100]) {
      const rows = await everyPage(limit, (after) => crediting().leaders('device', after, limit))
      const mine = rows.filter(({ device }) => ours.has(device))
      expect(mine.map(({ device, credit }) => [ours.get(device), credit])).toEqual([
        [2, 8],
        [1, 8],
        [0, 3],
        [3, 0.000001],
      ])
    }
  })

  test('G9 an account is in one team at most, and what it earned stays with the team it was in then', async () => {
    const { teams } = kit().store
    const ada = await account('ada of the teams')
    const device = await scene().device(ada)
    const [first, second] = [await crediting().createTeam('first', ada), await crediting().createTeam('second', await account('another'))]
    expect(await teams.create('first', ada)).toBeUndefined()
    await earn(device, 5)
    await crediting().joinTeam(second.team, ada)
    await earn(device, 7)
    expect(await crediting().leaveTeam(ada)).toMatchObject({ account: 'ada of the teams', credit: 12, results: 2 })
    await earn(device, 1)
    expect(await teams.leave(ada)).toBe(false)
    expect(await teams.join('0'.repeat(32), ada)).toBe(false)
    expect([await crediting().team(first.team), await crediting().team(second.team)]).toMatchObject([
      { name: 'first', members: 0, credit: 5 },
      { name: 'second', members: 1, credit: 7, badges: ['first-result'] },
    ])
    expect((await everyPage(1, (after) => crediting().leaders('team', after, 1))).map(({ name }) => name)).toEqual(['second', 'first'])
    expect((await everyPage(1, (after) => crediting().teams(after, 1))).map(({ name }) => name)).toEqual(['second', 'first'])
  })

  test('G9 two who choose one name for a team at once: one gets it', async () => {
    const made = await Promise.all([1, 2, 3].map(async (i) => kit().store.teams.create('the name', await account(`founder ${i}`))))
    expect(made.filter((team) => team !== undefined)).toHaveLength(1)
  })

  test('G8 the recent average is shown as it is now', async () => {
    const device = await scene().device()
    await earn(device, 1000)
    const week = 7 * 86_400_000
    const [now, later] = [await crediting(Date.now).device(device.device), await crediting(() => Date.now() + week).device(device.device)]
    expect(now.recentAverage).toBeCloseTo((1000 * Math.LN2) / 7, 1)
    expect(later.recentAverage / now.recentAverage).toBeCloseTo(0.5, 3)
    expect(later.credit).toBe(1000)
  })

  test('G11 what is accepted and not sealed is pending, at its price and not for one’s own jobs, and is booked nowhere', async () => {
    const ada = await account('ada who waits')
    const device = await scene().device(ada)
    const job = await scene().job(3, { redundancy: 'none' }, 'a researcher')
    const own = await scene().job(1, { redundancy: 'none' }, 'ada who waits')
    for (const each of [job, own]) {
      await kit().store.credits.setPrice(each, [2])
      const { grants } = await scene().lease(each, device, 2, { holder: `a:${ada}` })
      await scene().settle(grants.map(({ lease }) => outputOf(lease, device)))
    }
    await kit().rows(
      `UPDATE "Lease" SET "trustId" = (SELECT id FROM "Trust" WHERE "deviceId" = ${device.id}) WHERE "deviceId" = ${device.id}`,
    )
    await sweepAll(kit().store)
    expect(await crediting().account(ada)).toMatchObject({ credit: 0, pending: 4 })
    expect(await crediting().device(device.device)).toMatchObject({ credit: 0, pending: 4 })
    await kit().rows(`UPDATE "WorkUnit" SET state = 'sealed' WHERE "jobId" = ${job.id} AND state = 'accepted'`)
    expect(await crediting().account(ada)).toMatchObject({ credit: 0, pending: 4 })
    await kit().rows(`INSERT INTO "CreditDue" ("unitId") SELECT id FROM "WorkUnit" WHERE "jobId" = ${job.id}`)
    await sweepAll(kit().store)
    expect(await crediting().account(ada)).toMatchObject({ credit: 4, pending: 0 })
  })

  test('G12 what was earned for a job outlives it: its rows of the ledger, then without a job, and the totals', async () => {
    const device = await scene().device()
    const job = await earn(device, 3, 4)
    await kit().age(60_000)
    while ((await kit().store.forgetJobs(1000)) > 0);
    await deleteAll(kit().store)
    expect(await kit().store.findJob(job.job)).toBeUndefined()
    expect(await crediting().device(device.device)).toMatchObject({ credit: 12, results: 4 })
    const rows = await everyPage(3, (after) => reads().ledger(after, 3))
    expect(rows.filter((row) => row.device === device.device)).toHaveLength(4)
    expect(rows.every((row) => row.device !== device.device || row.job === null)).toBe(true)
    await sweepAll(kit().store)
    expect(await crediting().device(device.device)).toMatchObject({ credit: 12, results: 4 })
  })

  test('G13 the ledger is read in its order, each row once, and names no job that is not listed', async () => {
    const device = await scene().device()
    const hidden = await earn(device, 1)
    await kit().rows(`UPDATE "Job" SET visibility = 'unlisted' WHERE id = ${hidden.id}`)
    const shown = await earn(device, 1)
    const [count] = await kit().rows('SELECT count(*) AS rows FROM "Credit"')
    for (const limit of [1, 7, 1000]) {
      const rows = await everyPage(limit, (after) => reads().ledger(after, limit))
      expect(rows).toHaveLength(Number(count!.rows))
      expect(rows.map(({ row }) => row)).toEqual(rows.map(({ row }) => row).sort((a, b) => a - b))
      expect(rows.filter((row) => row.device === device.device).map(({ job }) => job)).toEqual([null, shown.job])
    }
  })
})
