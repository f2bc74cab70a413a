import type { IdleReason, Isolation, LeaseRequest } from '../sdk/protocol.ts'
import { planFor } from './core/lease-plan.ts'
import { decidesAlone, holderOf, isOwnFor } from './core/own-device.ts'
import { type DeadlineLimits, deadlineMs, lateMs, unitsFor } from './core/sizing.ts'
import { isTrusted, NEW_TRUST } from './core/trust.ts'
import type { LeaseTerms, Terms, WhyNot } from './lease-terms.ts'
import type { OpenJobs } from './open-jobs.ts'
import type { DeviceRecord, EngineTransaction, Grant, GrantedWish, JobRecord, LeaseWish, OpenJob, Standing } from './store/store.ts'

/** One request of one device. */
export interface Asking {
  readonly device: DeviceRecord
  readonly request: LeaseRequest
}
export interface Granted {
  readonly job: JobRecord
  readonly deadlineMs: number
  readonly grant: Grant
  readonly isolation: Isolation
}
export interface Leased {
  readonly grants: readonly Granted[]
  readonly reason: IdleReason | undefined
  /** With `needs-more-devices`, and with `other-engine`. */
  readonly devices?: WhyNot['devices']
  readonly engineClass?: WhyNot['engineClass']
}
interface Progress {
  readonly asking: Asking
  readonly standing: Standing
  readonly grants: Granted[]
  readonly tried: Set<number>
  withheld: GrantedWish['withheld']
  whyNot: WhyNot | undefined
  holdsEnough: boolean
}
const NOWHERE: ReadonlySet<number> = new Set()
/** Jobs asked for one request before it is told that there is nothing; the next request goes on with others. */
const JOBS_TRIED = 5

/** Chooses jobs and sizes for the requests of a batch and leases within its transaction. */
export class Leasing {
  readonly #jobs: OpenJobs
  readonly #limits: DeadlineLimits
  readonly #connectedThreads: () => number
  readonly #random: () => number
  readonly #wantPilot: ((job: OpenJob) => void) | undefined
  readonly #terms: LeaseTerms | undefined

  /**
   * @param random numbers in [0, 1) that nobody outside can foretell
   * @param wantPilot asked for each job that a stranger would be given before it was tried out; absent where none needs to be
   */
  constructor(
    jobs: OpenJobs,
    terms: LeaseTerms | undefined,
    limits: DeadlineLimits,
    connectedThreads: () => number,
    random: () => number,
    wantPilot?: (job: OpenJob) => void,
  ) {
    this.#jobs = jobs
    this.#terms = terms
    this.#limits = limits
    this.#connectedThreads = connectedThreads
    this.#random = random
    this.#wantPilot = wantPilot
  }

  /** One answer per request: from one job, from the next ones only where that ran dry. */
  async lease(tx: EngineTransaction, requests: readonly Asking[]): Promise<Leased[]> {
    const standings = await tx.standings([...new Set(requests.map(({ device }) => device.trustId))])
    const all = requests.map((asking): Progress => {
      const standing = standings.get(asking.device.trustId) ?? {
        trust: { ...NEW_TRUST, anonymous: asking.device.accountId === null },
        excludedFrom: NOWHERE,
      }
      return { asking, standing, grants: [], tried: new Set(), withheld: null, whyNot: undefined, holdsEnough: false }
    })
    for (const { asking, standing } of all) this.#terms?.hear(asking.device, standing)
    for (let round = 0; round < JOBS_TRIED; round++) {
      const planned = await this.#plan(
        tx,
        all.filter((each) => each.grants.length === 0 && !each.holdsEnough),
      )
      if (planned.length === 0) break
      const granted = await tx.leaseUnits(planned.map(({ wish }) => wish))
      const served = new Set<number>()
      granted.forEach(({ grants, withheld }, i) => {
        const { wish, progress, job } = planned[i] as (typeof planned)[number]
        for (const grant of grants) progress.grants.push({ job: wish.job, deadlineMs: wish.deadlineMs, grant, isolation: job.isolation })
        if (withheld && progress.withheld !== 'locked') progress.withheld = withheld
        this.#jobs.stride.charge(job, grants.length - wish.count, this.#jobs.all())
        if (grants.length > 0 || withheld || wish.onlyOpinions) served.add(job.id)
      })
      for (const { job } of planned) if (!served.has(job.id)) this.#jobs.markDry(job.id)
    }
    for (const idle of all) if (idle.grants.length === 0 && !idle.holdsEnough && idle.asking.request.held === 0) await this.#help(tx, idle)
    return all.map((each) => ({ grants: each.grants, ...(each.grants.length > 0 ? { reason: undefined } : this.#why(each)) }))
  }

  async #plan(tx: EngineTransaction, open: readonly Progress[]): Promise<{ wish: LeaseWish; progress: Progress; job: OpenJob }[]> {
    const planned = []
    for (const progress of open) {
      const next = await this.#next(tx, progress)
      if (!next) continue
      const { job, record, terms } = next
      const wish = { ...this.#wish(progress, job, record), ...terms.wish }
      if (wish.count === 0) progress.holdsEnough = true
      else planned.push({ wish, progress, job })
      this.#jobs.stride.charge(job, wish.count, this.#jobs.all())
    }
    return planned
  }

  /** Until a job was tried out no stranger is given any of it. */
  #mustWait(progress: Progress, job: OpenJob): boolean {
    if (!this.#wantPilot || job.isTried || isOwnFor(progress.asking.device, job)) return false
    progress.tried.add(job.id)
    progress.whyNot ??= { reason: 'pilot-running' }
    this.#wantPilot(job)
    return true
  }

  /** The next job that may have something for the device. */
  async #next(tx: EngineTransaction, progress: Progress): Promise<{ job: OpenJob; record: JobRecord; terms: Terms } | undefined> {
    for (const job of this.#jobs.inOrder()) {
      if (progress.tried.has(job.id)) continue
      if (progress.standing.excludedFrom.has(job.id)) {
        progress.whyNot ??= { reason: 'kept-away' }
        continue
      }
      if (this.#mustWait(progress, job)) continue
      const record = await tx.jobRecord(job.id)
      progress.tried.add(job.id)
      const terms = (await this.#terms?.of(tx, progress.asking.device, record, job)) ?? {}
      progress.whyNot ??= terms.whyNot
      if (!terms.whyNot || terms.wish) return { job, record, terms }
    }
    return undefined
  }

  /** An idle device that is trusted shares what others are slow with, when nothing else is left (INTEGRITY Q16). */
  async #help(tx: EngineTransaction, progress: Progress): Promise<void> {
    const { asking, standing, grants } = progress
    const { device, request } = asking
    const slow = this.#jobs.all().filter((job) => Number.isFinite(lateMs(job)) && !standing.excludedFrom.has(job.id))
    for (const job of slow.slice(0, JOBS_TRIED)) {
      if (this.#mustWait(progress, job)) continue
      const record = await tx.jobRecord(job.id)
      if (!isTrusted(standing.trust) && !decidesAlone(device, record)) continue
      const terms = (await this.#terms?.of(tx, device, record, job)) ?? {}
      if (terms.whyNot) continue
      const wish = { ...this.#wish(progress, job, record), ...terms.wish }
      const granted = await tx.leaseLate({ ...wish, count: Math.min(wish.count, request.threads) }, lateMs(job))
      for (const grant of granted.grants) grants.push({ job: record, deadlineMs: wish.deadlineMs, grant, isolation: job.isolation })
      if (grants.length > 0) return
    }
  }

  #wish({ asking: { device, request }, standing: { trust } }: Progress, job: OpenJob, record: JobRecord): LeaseWish {
    const lender = this.#terms?.lenderOf(device)
    const count = unitsFor(request, job, this.#connectedThreads(), lender)
    const alone = decidesAlone(device, record)
    const { wanted, audits, recheck } = planFor(trust, record, alone, count, this.#random)
    const known = { unitsToRecheck: job.unitsToRecheck, events: job.events }
    return {
      ...{ job: record, deviceId: device.id, holder: holderOf(device, record), decidesAlone: alone, count },
      ...{ wanted, checking: { audits, recheck, trustId: device.trustId, suspect: trust.suspect, ...known } },
      onlyOpinions: !alone && record.quorum > 1 && this.#jobs.onlyOpinions(job),
      deadlineMs: deadlineMs(request, count, job, this.#limits, lender),
    }
  }

  #why({ holdsEnough, withheld, whyNot }: Progress): WhyNot {
    if (holdsEnough) return { reason: 'holds-enough' }
    if (withheld === 'locked') return { reason: 'busy' }
    if (whyNot) return whyNot
    if (withheld) return { reason: 'waiting-for-other-volunteers' }
    return { reason: this.#jobs.size > 0 ? 'no-open-units' : 'no-jobs' }
  }
}
