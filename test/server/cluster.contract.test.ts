import { appendFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeKeyTexts } from '../../sdk/key-files/key-text.ts'
import type { LeasedUnit } from '../../sdk/protocol.ts'
import { asks, result, TestApp, type Volunteer, value } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { describeStore } from '../support/store-kit.ts'

describeStore((kit) => {
  let app: TestApp
  beforeEach(async () => {
    app = await TestApp.start({ store: kit().store })
  })
  afterEach(() => app.close())

  const sweep = () => app.app.sweeper.runOnce()
  const connected = async () => (await app.get('/api/v1/status')).body.devicesConnected
  const leasesOf = async (volunteer: Volunteer, most = 1000) => (await volunteer.ask('lease', { ...asks, most })).leases
  const snapshotOf = async (job: string) => (await app.get(`/api/v1/jobs/${job}`)).body as { state: string }
  const giveBack = (volunteer: Volunteer, leases: readonly LeasedUnit[]) =>
    volunteer.ask('return', { results: leases.map((lease) => result(lease)) })

  describe('A7 devices of accounts', () => {
    /** Without waiting for any. */
    const leasesAtOnce = async (volunteer: Volunteer) => (await volunteer.ask('return', { results: [], next: asks })).next!.leases
    /** What became of the units of a job of `key`'s account after `volunteer` answered `what` for each it got. */
    async function settled(key: string, volunteer: Volunteer, what: string) {
      const job = await app.submit(await app.researcher(key), 1, { ownDevices: true, redundancy: { quorum: 2 } })
      const leases = await leasesAtOnce(volunteer)
      await volunteer.ask('return', { results: leases.map((lease) => result(lease, what)) })
      expect(leases).toHaveLength(1)
      return { job, ...((await app.get(`/api/v1/jobs/${job}`)).body.units as Record<string, number>) }
    }

    test('A7 a device of X decides alone for X, is a stranger for Y and the operator; the operator’s decides for all', async () => {
      const [x, y] = await Promise.all(['x@test', 'y@test'].map((comment) => makeKeyTexts(comment)))
      for (const { publicKey } of [x!, y!]) appendFileSync(app.authorizedKeys, publicKey, { mode: 0o600 })
      const [ofX, again] = [await app.ownVolunteer({}, x!.privateKey), await app.ownVolunteer({}, x!.privateKey)]
      expect(await settled(x!.privateKey, ofX, 'right')).toMatchObject({ sealed: 1 })
      for (const key of [y!.privateKey, OWNER_KEY.privateKey]) {
        const { job, ...units } = await settled(key, ofX, 'a lie')
        expect(units).toMatchObject({ open: 1, sealed: 0, accepted: 0 })
        // Nor do X's devices agree with each other: they are one holder.
        expect(await leasesAtOnce(again)).toEqual([])
        const own = await app.ownVolunteer({}, key)
        await giveBack(own, await leasesAtOnce(own))
        const { events } = await (await app.researcher(key)).ask('events', { job, after: 0, limit: 10 })
        expect(events.map(({ kind, output }) => [kind, output && Buffer.from(output)])).toEqual([['sealed', Buffer.from(value('done'))]])
        own.close()
      }
      const operators = await app.ownVolunteer()
      expect(await settled(y!.privateKey, operators, 'right')).toMatchObject({ sealed: 1 })
      // Without the session it is a stranger for everybody.
      const stranger = await app.volunteer({ device: ofX.welcome.device })
      expect(await settled(x!.privateKey, stranger, 'a lie')).toMatchObject({ open: 1, sealed: 0 })
    })
  })

  describe('V10 a cluster of one or two', () => {
    /** Answers every lease as `answer` says until the job has ended; time passes when there is nothing to do. */
    async function work(
      job: string,
      volunteers: Volunteer[],
      answer: (volunteer: Volunteer, lease: LeasedUnit) => Promise<unknown>,
    ): Promise<string> {
      for (let round = 0; round < 200; round++) {
        const { state } = await snapshotOf(job)
        if (state !== 'running') return state
        for (const volunteer of volunteers) {
          const { next } = await volunteer.ask('return', { results: [], next: asks })
          for (const lease of next?.leases ?? []) await answer(volunteer, lease)
        }
        await kit().age(6000)
        app.timers.advance(6000)
        await sweep()
      }
      return 'never'
    }
    const crash = (volunteer: Volunteer, { lease }: LeasedUnit) =>
      volunteer.ask('return', { results: [{ lease, errored: 'crashed', message: 'the child died', seconds: 1 }] })
    const throws = (volunteer: Volunteer, { lease }: LeasedUnit) => {
      const error = Buffer.from('81a1656572726f72a2646e616d65654572726f72676d65737361676564626f6f6d', 'hex')
      return volunteer.ask('return', { results: [{ lease, output: error, seconds: 1, stack: 'at work' }] })
    }

    test.each([1, 2])('V10 with %i own devices a function that throws ends with failed inputs', async (count) => {
      const job = await app.submit(await app.researcher(), 3, { ownDevices: true })
      const volunteers: Volunteer[] = []
      for (let i = 0; i < count; i++) volunteers.push(await app.ownVolunteer())
      expect(await work(job, volunteers, throws)).toBe('finished')
      expect(await snapshotOf(job)).toMatchObject({ failedInputs: 3, units: { sealed: 3 } })
    })

    test.each([1, 2])('V10 with %i devices a unit that always crashes fails after three', async (count) => {
      const job = await app.submit(await app.researcher(), 2, { redundancy: 'none' })
      const volunteers: Volunteer[] = []
      for (let i = 0; i < count; i++) volunteers.push(await app.volunteer())
      expect(await work(job, volunteers, crash)).toBe('finished')
      expect(await snapshotOf(job)).toMatchObject({ failedInputs: 2, units: { failed: 2 } })
    })

    test.each([1, 2])('V10 with %i devices, one of which is lost and comes back, the job ends', async (count) => {
      const job = await app.submit(await app.researcher(), 4, { redundancy: 'none' })
      const volunteers: Volunteer[] = []
      for (let i = 0; i < count; i++) volunteers.push(await app.volunteer())
      await leasesOf(volunteers[0]!)
      volunteers[0]!.close()
      await expect.poll(connected).toBe(count - 1)
      app.timers.advance(11_000)
      volunteers[0] = await app.volunteer({ device: volunteers[0]!.welcome.device })
      expect(await work(job, volunteers, (volunteer, lease) => giveBack(volunteer, [lease]))).toBe('finished')
    })

    test('V10 with two devices and one that never answers, the job ends', async () => {
      const job = await app.submit(await app.researcher(), 4, { redundancy: 'none' })
      const [silent, good] = [await app.volunteer(), await app.volunteer()]
      await leasesOf(silent)
      expect(await work(job, [good], (volunteer, lease) => giveBack(volunteer, [lease]))).toBe('finished')
    })

    test('V10 a job that stops on error leaves nothing open', async () => {
      const job = await app.submit(await app.researcher(), 6, { onError: 'stop', redundancy: 'none' })
      const volunteer = await app.volunteer()
      const [first] = await leasesOf(volunteer, 2)
      await throws(volunteer, first!)
      await sweep()
      expect(await snapshotOf(job)).toMatchObject({ state: 'failed', units: { open: 0, accepted: 1, cancelled: 5 } })
    })
  })
})

test('V10 the output of a thrown error is what the code says it is', () => {
  expect(Buffer.from(value('x')).toString('hex')).toBe('81a16576616c75656178')
})
