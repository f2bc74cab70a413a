import Database from 'better-sqlite3'
import { encode } from '../../../sdk/codec.ts'
import { keyOfTile, TILES, tileOf } from '../../../sdk/functions/mandelbrot/tiles.ts'
import { work } from '../../../sdk/functions/mandelbrot/work.ts'
import type { JobSpec, LeasedUnit, ReturnedUnit } from '../../../sdk/protocol.ts'
import { asks, type Researcher, result, TestApp, TOKEN, units, type Volunteer, value } from '../app.ts'
import { realTimers } from '../real-timers.ts'
import { CODE, jobSpec } from '../store-kit.ts'
import { seedClosing, seedDiffering, seedStrikes } from './seed-strikes.ts'

/** A name that would be markup, turn the line around and ring the bell, if it were let. */
export const HOSTILE_NAME = '<img src=x onerror=alert(1)>\u202e\u0007 not a name'
const TILES_DONE = TILES + 5

/** A server on which something of everything has happened, for pages to show. */
export interface LivelyServer {
  readonly app: TestApp
  readonly jobs: Readonly<Record<'mandelbrot' | 'factor' | 'errors' | 'closed' | 'differing' | 'verified', string>>
  /** Connected, anonymous. */
  readonly devices: readonly Volunteer[]
}

type Answer = (lease: LeasedUnit, index: number) => ReturnedUnit

async function compute(devices: readonly Volunteer[], count: number, answer: Answer): Promise<void> {
  for (const device of devices) {
    for (let done = 0; done < count; ) {
      const { leases } = await device.ask('lease', asks)
      await device.ask('return', { results: leases.map((lease, i) => answer(lease, done + i)) })
      done += leases.length
    }
  }
}

async function submit(researcher: Researcher, change: Partial<JobSpec>, given: ReturnType<typeof units>, complete = true): Promise<string> {
  const spec = jobSpec(change)
  await researcher.ask('submit', { spec, code: CODE, units: given, inputsComplete: complete })
  return spec.job
}

async function submitJobs(researcher: Researcher, devices: readonly Volunteer[]): Promise<LivelyServer['jobs']> {
  const factor = await submit(researcher, { name: 'factor 2^60-1', builtin: 'factor', visibility: 'public', purpose: 'to see' }, units(3))
  await compute(devices, 3, (lease) => result(lease, { kind: 'trial', factors: [3n, 5n, 1321n, 2n ** 200n + 1n] }))
  const errors = await submit(researcher, { name: HOSTILE_NAME, purpose: HOSTILE_NAME, visibility: 'public' }, units(6))
  const thrown = encode([{ error: { name: 'RangeError', message: HOSTILE_NAME } }])
  await compute(devices, 6, (lease) => ({ lease: lease.lease, output: thrown, seconds: 70 }))
  const closed = await submit(researcher, { name: 'kept to its owner' }, units(2))
  await researcher.ask('control', { job: closed, action: 'pause' })
  const tiles = Array.from({ length: TILES_DONE }, (_, i) => {
    const [frame, index] = [Math.floor(i / TILES), i % TILES]
    return { key: keyOfTile(frame, index), input: encode([tileOf(frame, index)]), inputs: 1 }
  })
  const about = { name: 'A zoom', purpose: 'Shows a picture.', builtin: 'mandelbrot', visibility: 'public' } as const
  const mandelbrot = await submit(researcher, about, tiles, false)
  const outputs = Array.from({ length: TILES_DONE }, (_, i) => value(work(tileOf(Math.floor(i / TILES), i % TILES))))
  const inputs = tiles.map(({ input }) => Buffer.from(input).toString('hex'))
  await compute(devices, TILES_DONE, ({ lease, input }) => {
    return { lease, output: outputs[inputs.indexOf(Buffer.from(input).toString('hex'))]!, seconds: 0.02 }
  })
  const differing = await submit(researcher, { name: 'casts dice' }, units(1))
  let cast = 0
  await compute(devices, 1, (lease) => result(lease, `${HOSTILE_NAME} ${'0123456789'.repeat(30)} ${++cast}`))
  await researcher.ask('control', { job: differing, action: 'pause' })
  const verified = await submit(researcher, { name: 'verified', visibility: 'public', verify: 'export const work = () => true' }, units(2))
  return { mandelbrot, factor, errors, closed, differing, verified }
}

/** What its devices computed of the job is sealed and booked, the owner's account has some credit as well, and another job waits for an admin. */
async function credit(app: TestApp, job: string, waiting: string): Promise<void> {
  const record = await app.store.findJob(job)
  if (!record) throw new Error(`Expected ${job} to be a job.`)
  await app.store.credits.setPrice(record, [90])
  const rows = new Database(app.file)
  rows.exec(`UPDATE WorkUnit SET state = 'sealed' WHERE jobId = ${record.id} AND state = 'accepted';
    INSERT INTO CreditDue (unitId) SELECT id FROM WorkUnit WHERE jobId = ${record.id};
    UPDATE Job SET creditHold = 1, creditPerInput = 7000 WHERE uid = '${waiting}';
    INSERT INTO CreditTotal (kind, subject, microcredits, results, recent, recentAt) VALUES ('account', ${record.ownerId}, 1e11, 120, 1e9, ${Date.now()})`)
  rows.close()
  await app.app.sweeper.runOnce()
}

export async function livelyServer(): Promise<LivelyServer> {
  const app = await TestApp.start({ timers: realTimers })
  const researcher = await app.researcher()
  const devices = [await app.volunteer({ threads: 4, kind: 'browser', name: HOSTILE_NAME }), await app.volunteer({ threads: 2 })]
  await app.ownVolunteer({ name: 'worker-1' })
  const banned = await app.volunteer()
  const jobs = await submitJobs(researcher, devices)
  await credit(app, jobs.mandelbrot, jobs.errors)
  await fetch(`${app.url}/api/v1/devices/${banned.welcome.device.id}/ban`, {
    ...{ method: 'POST', headers: { authorization: `Bearer ${TOKEN}` }, body: JSON.stringify({ reason: 'it answered too soon' }) },
  })
  const [struck] = devices
  const { id, secret } = struck!.welcome.device
  seedStrikes(app.file, id, jobs.errors, HOSTILE_NAME)
  seedClosing(app.file, jobs.mandelbrot)
  seedDiffering(app.file, jobs.differing)
  await fetch(`${app.url}/api/v1/devices/${id}/appeal`, {
    ...{ method: 'POST', headers: { authorization: `Device ${id}.${secret}` }, body: JSON.stringify({ text: HOSTILE_NAME }) },
  })
  return { app, jobs, devices }
}
