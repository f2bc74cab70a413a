import type { JobWaiting } from '../sdk/protocol.ts'
import { Crowd, type Presence } from './crowd.ts'
import { CrowdElsewhere } from './crowd-elsewhere.ts'
import { LeaseTerms } from './lease-terms.ts'
import type { Live } from './live.ts'
import type { Caller, Networks } from './networks.ts'
import type { OpenJobs } from './open-jobs.ts'
import { ReachOfCrowd } from './reach-of-crowd.ts'
import type { DeviceRecord, JobRecord, Store } from './store/store.ts'
import type { Timers } from './timers.ts'
import { TrackRecords } from './track-records.ts'
import { WaitingJobs } from './waiting-jobs.ts'

export interface AttendanceOptions {
  readonly store: Store
  readonly timers: Timers
  readonly networks: Networks
  readonly live: Pick<Live, 'changed'>
}

/** Who takes work at this server and at the others of its database, and what follows from that for jobs. */
export class Attendance {
  readonly terms: LeaseTerms
  /** Devices of the other servers. */
  readonly elsewhere: CrowdElsewhere
  readonly #options: AttendanceOptions
  readonly #crowd: Crowd
  readonly #records: TrackRecords
  readonly #reach: ReachOfCrowd
  readonly #waiting: WaitingJobs
  /** By connection: a request with its headers is not kept. */
  readonly #networks = new WeakMap<object, string | null>()

  constructor(options: AttendanceOptions) {
    this.#options = options
    this.#crowd = new Crowd(options.timers)
    this.elsewhere = new CrowdElsewhere(this.#crowd, options.timers)
    this.#records = new TrackRecords(options.store.reads)
    this.#reach = new ReachOfCrowd(this.#crowd, this.#records, options.timers)
    this.#waiting = new WaitingJobs(options.store, this.#reach)
    this.terms = new LeaseTerms(this.#crowd, this.#reach, this.#records)
  }

  /** Reads how a device has done that is about to come. */
  expect(device: DeviceRecord): Promise<void> {
    return this.#records.load(device.id)
  }

  /** Somebody has connected, from where `caller` says. */
  sees(connection: object, caller: Caller): void {
    this.#networks.set(connection, this.#options.networks.of(caller))
  }

  /** The network of a connection that was seen; null where it is exempt. */
  networkOf(connection: object): string | null {
    return this.#networks.get(connection) ?? null
  }

  /** A device is here, by this connection. */
  enter(device: DeviceRecord, connection: object): Presence {
    return this.#crowd.enter(device, this.networkOf(connection))
  }

  /** Why the job does not go on, undefined where it does. */
  waitingOf(job: string): JobWaiting | undefined {
    return this.#waiting.of(job)
  }

  /** The class that may compute a job alone in which engines differ. */
  leadingClass(job: JobRecord): string | undefined {
    return this.#reach.leadingClass(job)
  }

  /** A job was submitted: it is looked at before its owner is answered. */
  submitted(job: JobRecord): void {
    this.#waiting.look(job)
  }

  /** Once a second: reads how devices do, and tells the owners of jobs that wait for something else than before. */
  async runOnce(jobs: OpenJobs, idle: number): Promise<void> {
    await this.#records.refresh([...this.#crowd.present()].map(({ device }) => device.id))
    this.#reach.lookAgain()
    this.elsewhere.tell()
    const changed = await this.#waiting.lookAtAll(jobs.all(), idle)
    this.#options.live.changed(changed.map(({ job, events, state }) => ({ job, events, state, isNews: true })))
  }
}
