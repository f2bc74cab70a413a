import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { LIMITS } from '../../sdk/protocol.ts'
import { Checkpoints } from '../../server/checkpoints.ts'
import { decidesAlone, holderOf } from '../../server/core/own-device.ts'
import type { DeviceRecord, JobRecord } from '../../server/store/store.ts'
import { deleteAll, describeStore, gaveUp, outputOf, Scene } from '../support/store-kit.ts'

const ENGINE = 'v8-13'

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const store = () => kit().store.checkpoints
  const account = (name: string) => kit().store.ensureAccount(name, 'volunteer')
  const checkpoints = (freeDisk = 1) => new Checkpoints({ store: kit().store, freeDisk: () => freeDisk })
  const asking = (device: DeviceRecord, engine = ENGINE) => ({ device, engine })

  /** The device is given the only unit that waits, as whom it counts for. */
  async function given(job: JobRecord, device: DeviceRecord) {
    const wanted = decidesAlone(device, job) ? 1 : job.quorum
    const { grants } = await scene().lease(job, device, 1, { holder: holderOf(device, job), wanted })
    return {
      grant: grants[0]!,
      leased: { grants: grants.map((grant) => ({ job, deadlineMs: 1, grant, isolation: 'unit' as const })), reason: undefined },
    }
  }

  /** Computes a unit of `job` on `first`, keeps where it is and loses it; what `second` is offered of it and reads. */
  async function moved(job: JobRecord, first: DeviceRecord, second: DeviceRecord, bytes: Uint8Array = Buffer.from('where it was')) {
    const { grant } = await given(job, first)
    const isKept = await checkpoints().keep(asking(first), grant.lease, bytes)
    await scene().settle([gaveUp(grant.lease)])
    await kit().age(6000)
    const { grant: again, leased } = await given(job, second)
    const offered = (await checkpoints().offered(asking(second), leased)).get(again.lease)
    return { isKept, again, leased, offered, read: offered && (await checkpoints().read(second, offered)) }
  }

  test('X25 another device of the account goes on from the very bytes, a stranger is not told of them', async () => {
    const ada = await account('ada')
    const [first, second, stranger] = [await scene().device(ada), await scene().device(ada), await scene().device()]
    const bytes = randomBytes(LIMITS.movedCheckpointBytes)
    const { isKept, read, offered } = await moved(await scene().job(1), first, second, bytes)
    expect([isKept, offered!.deviceId, Buffer.compare(read!, bytes)]).toEqual([true, first.id, 0])
    const { isKept: keptToo, offered: never, again } = await moved(await scene().job(1), first, stranger)
    expect([keptToo, never]).toEqual([true, undefined])
    expect(await store().read(again.lease, stranger.id, `d:${stranger.id}`)).toBeUndefined()
  })

  test('X26 own devices of the job’s owner take over from each other and never from a stranger, nor a stranger from them', async () => {
    const owner = await account('owner')
    const operators = await scene().device(await account('operator'), 'everybody')
    const owners = await scene().device(owner, 'account')
    const stranger = await scene().device()
    const job = () => scene().job(1, { ownDevices: true })
    expect((await moved(await job(), operators, owners)).read).toEqual(Buffer.from('where it was'))
    expect((await moved(await job(), owners, operators)).read).toEqual(Buffer.from('where it was'))
    expect((await moved(await job(), stranger, owners)).offered).toBeUndefined()
    expect((await moved(await job(), owners, stranger)).offered).toBeUndefined()
    const treatedAsStrangers = await scene().job(1, { ownDevices: false })
    expect((await moved(treatedAsStrangers, owners, operators)).offered).toBeUndefined()
  })

  test('X26 strangers go on from each other only where one word decides, and never with another engine', async () => {
    const [first, second] = await scene().devices(2)
    expect((await moved(await scene().job(1, { redundancy: 'none' }), first!, second!)).read).toEqual(Buffer.from('where it was'))
    expect((await moved(await scene().job(1), first!, second!)).offered).toBeUndefined()
    const { leased, again } = await moved(await scene().job(1, { redundancy: 'none' }), first!, second!)
    expect((await checkpoints().offered(asking(second!, 'gecko-140'), leased)).get(again.lease)).toBeUndefined()
  })

  test('V36 one is kept of each unit and holder, the newest, by nobody but who has the lease', async () => {
    const [device, other] = await scene().devices(2)
    const job = await scene().job(1)
    const { grant } = await given(job, device!)
    expect(await checkpoints().keep(asking(other!), grant.lease, Buffer.from('forged'))).toBe(false)
    for (const text of ['older', 'newest']) expect(await checkpoints().keep(asking(device!), grant.lease, Buffer.from(text))).toBe(true)
    const [kept, ...more] = await store().ofLeases([grant.lease])
    expect([more, await store().read(grant.lease, device!.id, kept!.holder)]).toEqual([[], Buffer.from('newest')])
    expect(await store().read(grant.lease, other!.id, kept!.holder)).toBeUndefined()
    expect(await checkpoints(0.04).keep(asking(device!), grant.lease, Buffer.from('no room'))).toBe(false)
    await scene().settle([gaveUp(grant.lease)])
    expect(await checkpoints().keep(asking(device!), grant.lease, Buffer.from('late'))).toBe(false)
    expect(await store().read(grant.lease, device!.id, kept!.holder)).toBeUndefined()
  })

  test('V36 a device keeps 64 at most, and goes on replacing those', async () => {
    const device = await scene().device()
    const { grants } = await scene().lease(await scene().job(66), device, 66)
    const kept: boolean[] = []
    for (const { lease } of [...grants, grants[0]!]) kept.push(await checkpoints().keep(asking(device), lease, Buffer.from('x')))
    expect(kept).toEqual([...Array(64).fill(true), false, false, true])
  })

  test('V36 it goes when its unit is decided, cancelled or forgotten, and stays while it is open', async () => {
    const rows = async (job: JobRecord) => {
      while ((await store().deleteSpent()) > 0);
      const sql = `SELECT count(*) AS n FROM "Checkpoint" c JOIN "WorkUnit" u ON u.id = c."unitId" WHERE u."jobId" = ${job.id}`
      return Number((await kit().rows(sql))[0]!.n)
    }
    const device = await scene().device()
    const job = await scene().job(3, { redundancy: 'none' })
    const { grants } = await scene().lease(job, device, 3)
    for (const { lease } of grants) await checkpoints().keep(asking(device), lease, Buffer.from('x'))
    expect(await rows(job)).toBe(3)
    await scene().settle([outputOf(grants[0]!.lease, device)])
    expect(await rows(job)).toBe(2)
    await kit().store.transact((tx) => tx.cancelUnits(job, [grants[1]!.key]))
    expect(await rows(job)).toBe(1)
    await scene().settle([outputOf(grants[2]!.lease, device)])
    await kit().store.transact((tx) => tx.completeInputs(job))
    await kit().age(1000)
    await kit().store.forgetJobs(1)
    await deleteAll(kit().store)
    await rows(job)
    expect(Number((await kit().rows(`SELECT count(*) AS n FROM "Checkpoint" WHERE "deviceId" = ${device.id}`))[0]!.n)).toBe(0)
  })
})
