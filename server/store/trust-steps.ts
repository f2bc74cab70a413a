import { isDoubted } from '../core/agreement.ts'
import { sampleSize } from '../core/closing-sample.ts'
import { credibilityOf } from '../core/credibility.ts'
import { isBanned } from '../core/exclusion.ts'
import { REAUDIT_SAMPLE, type StruckVote, undo } from '../core/strike.ts'
import type { Dialect } from './dialect.ts'
import type { Ledger } from './ledger.ts'
import { type LoadedUnit, loadUnits, withExcuses } from './load-units.ts'
import { answersToReopen } from './reopening.ts'
import type { UnitSettling } from './settle-units.ts'
import type { Sql } from './sql.ts'
import type { Decide, JobRecord } from './store.ts'
import { OF_ENGINE, type Reversal, type TrustRow, trustOf } from './trust-ledger.ts'
import { PARKED } from './trust-of-units.ts'
import type { TrustVerbs, Undone } from './trust-verbs.ts'

type OpenStrike = [
  id: number,
  trustId: number,
  deviceId: number,
  epoch: number,
  undoneRow: number,
  device: string,
  jobId: number,
  reverted: number,
]
type StruckLease = [row: number, lease: string, unitId: number, state: string, jobState: string | null, jobId: number, isRechecked: 0 | 1]
type Recheck = [unitId: number, jobId: number, trustId: number, kind: 'sample' | 'again', strikeId: number | null, dueAt: number]

type ProvenWord = [unitId: number, jobId: number, key: string, leaseRow: number, output: string, checks: number, anonymous: 0 | 1 | boolean]

type WordToDraw = [unitId: number, trustId: number, held: 0 | 1]

/** Leases of a struck device, single words and reviews that one transaction looks at. */
const CHUNK = 500
/** Single words sealed in one transaction. */
const SEALED_AT_ONCE = 2000
const isOver = (jobState: string | null): boolean => jobState === null || ['failed', 'cancelled', 'rejected'].includes(jobState)
const hasToSay = ([, , , state, job]: StruckLease): boolean => (state === 'pending' || state === 'agreed') && !isOver(job)
/** No strike, but a loss that only the engine explains, in one job. */
const isOfEngine = ([, , , , , , , reverted]: OpenStrike): boolean => reverted === OF_ENGINE
const isOfItsJob = ([, , , , , , jobId]: OpenStrike, [, , , , , of]: StruckLease): boolean => of === jobId

/** What follows from checks, in steps that can be interrupted anywhere: each is a transaction that does a piece and says whether more is left. */
export class TrustSteps implements TrustVerbs {
  readonly #sql: Sql
  readonly #dialect: Dialect
  readonly #ledger: Ledger
  readonly #settling: UnitSettling
  readonly #now: number

  constructor(sql: Sql, dialect: Dialect, ledger: Ledger, settling: UnitSettling, now: number) {
    this.#sql = sql
    this.#dialect = dialect
    this.#ledger = ledger
    this.#settling = settling
    this.#now = now
  }

  /** Without loading the units: what stands on one word has no other. */
  async sealProven(trustIds: readonly number[]): Promise<boolean> {
    const asked = [JSON.stringify(trustIds), SEALED_AT_ONCE] as const
    const { lockProven, lockUnits } = this.#dialect
    if (lockProven && lockUnits) {
      const units = await this.#sql.json<number[]>(lockProven, ...asked)
      await this.#sql.json(lockUnits, JSON.stringify(units.sort((a, b) => a - b)))
    }
    const words = await this.#sql.json<ProvenWord[]>(this.#dialect.provenWords, ...asked)
    if (words.length === 0) return false
    const units = JSON.stringify(words.map(([unitId]) => unitId))
    await this.#sql.run(this.#dialect.sealUnits, units)
    await this.#sql.run(this.#dialect.deleteSingleWords, units)
    await this.#sql.run(this.#dialect.insertCreditDue, units)
    for (const [unitId, jobId, key, leaseRow, output, checks, anonymous] of words) {
      const confidence = credibilityOf(checks, anonymous === 1 || anonymous === true)
      this.#ledger.unitMoved(jobId, 'accepted', 'sealed')
      this.#ledger.job(jobId).alone -= 1
      this.#ledger.event(jobId, { kind: 'sealed', leaseRow, output, error: null, confidence, holders: 1, unitId, key, seconds: 0 })
    }
    return words.length === SEALED_AT_ONCE
  }

  async authorsWaiting(after: number): Promise<number[]> {
    return this.#sql.json<number[]>(this.#dialect.authorsWaiting, after, CHUNK)
  }

  async review(decide: Decide): Promise<boolean> {
    const units = await this.#sql.json<number[]>(this.#dialect.reviews, CHUNK)
    if (units.length === 0) return false
    await this.#settling.review(units, decide)
    await this.#sql.run(this.#dialect.deleteReviews, JSON.stringify(units))
    return units.length === CHUNK
  }

  async reviewPending(trustId: number): Promise<void> {
    const units = await this.#sql.json<number[]>(this.#dialect.pendingUnits, trustId, 4 * CHUNK)
    if (units.length > 0) await this.#sql.run(this.#dialect.putReviews, JSON.stringify(units))
  }

  async undoStrike(decide: Decide): Promise<Undone | undefined> {
    const [strike] = await this.#sql.json<OpenStrike[]>(this.#dialect.openStrikes, 1)
    if (!strike) return undefined
    const [id, trustId, deviceId, epoch, undoneRow, device] = strike
    const leases = await this.#sql.json<StruckLease[]>(this.#dialect.struckLeases, trustId, undoneRow, epoch, CHUNK)
    const last = leases.length < CHUNK
    const alone = await this.#undo(strike, leases, decide)
    await this.#sql.run(this.#dialect.advanceStrike, last ? null : (leases.at(-1)?.[0] ?? null), alone, id)
    if (last) await this.#drawSecondLooks(trustId, id)
    const issued = isOfEngine(strike) ? [] : leases.filter(([, , , state]) => state === 'issued').map(([, lease]) => ({ lease, deviceId }))
    return { revoked: issued, device, isBanned: await this.#isBanned(trustId) }
  }

  async takeBackStrikes(): Promise<number> {
    const strikes = await this.#sql.json<Reversal[]>(this.#dialect.strikesInDoubt, CHUNK)
    this.#ledger.trust.takeBack(strikes)
    return strikes.length
  }

  answersToReopen(...asked: Parameters<TrustVerbs['answersToReopen']>): ReturnType<TrustVerbs['answersToReopen']> {
    return answersToReopen(this.#sql, this.#dialect, ...asked)
  }

  async wronglyBanned(reason: string): Promise<string[]> {
    const banned = await this.#sql.json<[device: string, trustId: number][]>(this.#dialect.bannedInDoubt, reason, CHUNK)
    const rightly = new Set<string>()
    for (const [device, trustId] of banned) if (await this.#isBanned(trustId)) rightly.add(device)
    return [...new Set(banned.map(([device]) => device))].filter((device) => !rightly.has(device))
  }

  async #isBanned(trustId: number): Promise<boolean> {
    const rows = JSON.stringify([trustId])
    const [row] = await this.#sql.json<TrustRow[]>(this.#dialect.trusts, rows)
    if (!row) return false
    return isBanned(trustOf(row), await this.#sql.json<number>(this.#dialect.strikers, trustId))
  }

  async pinDiffering(job: JobRecord, engineClass: string, units: readonly number[]): Promise<void> {
    // Units are locked before their job, as whoever settles them does.
    const decided = await loadUnits(this.#sql, this.#dialect, units)
    if ((await this.#sql.run(this.#dialect.pinEngine, engineClass, job.id)) === 0) return
    await this.#sql.run(this.#dialect.reviewHalf, job.id)
    this.#ledger.trust.lookedIntoAgain(await this.#sql.run(this.#dialect.undoExcuses, job.id, engineClass))
    this.#ledger.job(job.id)
    if (job.targetError === undefined || job.verify !== undefined) return
    const rechecks: Recheck[] = []
    for (const { id, leases } of decided) {
      const [author, ...others] = leases.filter(({ state }) => state === 'agreed')
      if (!author || [author, ...others].some((lease) => lease.engineClass === engineClass)) continue
      rechecks.push([id, job.id, author.trustId ?? 0, 'again', null, this.#now])
    }
    await this.#recheck(rechecks)
  }

  /**
   * How many of the units are sealed on the device's word alone; they are parked until a sample of them is drawn. Where a quorum or `verify`
   * decides nobody would be given a second look, for which the job would wait: what is sealed there stays.
   */
  async #undo(strike: OpenStrike, leases: readonly StruckLease[], decide: Decide): Promise<number> {
    const [strikeId, trustId] = strike
    const excused = isOfEngine(strike)
    const answered = leases.filter((lease) => hasToSay(lease) && (!excused || isOfItsJob(strike, lease)))
    const rowsOf = new Map(
      answered.map(([row, , unitId, , job, , isRechecked]) => [unitId, { row, isFinal: job === 'finished' || isRechecked === 0 }]),
    )
    const toReview: number[] = []
    const rechecks: Recheck[] = []
    const units = await withExcuses(this.#sql, this.#dialect, await loadUnits(this.#sql, this.#dialect, [...rowsOf.keys()]))
    for (const unit of units) {
      const { row, isFinal } = rowsOf.get(unit.id) ?? { row: 0, isFinal: true }
      // Meanwhile its own engine may be the one that computes the job.
      if (excused && !unit.leases.some((lease) => lease.row === row && isDoubted(lease))) continue
      const undoing = undo({ ...struckVote(unit, row), excused })
      if (undoing === 'void') toReview.push(unit.id)
      if (undoing === 'keep' || undoing === 'void' || isFinal) continue
      rechecks.push([unit.id, unit.jobId, trustId, 'again', strikeId, undoing === 'sample' ? PARKED : this.#now])
    }
    if (toReview.length > 0) await this.#settling.review(toReview, decide)
    await this.#recheck(rechecks)
    return rechecks.filter(([, , , , , dueAt]) => dueAt === PARKED).length
  }

  async #recheck(rows: readonly Recheck[]): Promise<void> {
    if (rows.length === 0) return
    const added = await this.#sql.rows<{ unitId: number | bigint }>(this.#dialect.insertRechecks, JSON.stringify(rows))
    const isNew = new Set(added.map(({ unitId }) => Number(unitId)))
    for (const [unitId, jobId, , , , dueAt] of rows) if (isNew.has(unitId) && dueAt < PARKED) this.#wants(jobId)
  }

  #wants(jobId: number): void {
    const delta = this.#ledger.job(jobId)
    delta.recheck += 1
    delta.offered += 1
  }

  /** Of what is parked a sample is looked at again at once. */
  async #drawSecondLooks(trustId: number, strikeId: number): Promise<void> {
    const parked = await this.#sql.json<[number, number][]>(this.#dialect.strikeRechecks, trustId, strikeId, PARKED)
    const drawn = shuffled(parked).slice(0, REAUDIT_SAMPLE)
    if (drawn.length === 0) return
    await this.#sql.run(this.#dialect.moveRechecks, this.#now, JSON.stringify(drawn.map(([unitId]) => unitId)))
    for (const [, jobId] of drawn) this.#wants(jobId)
  }

  async closingJobs(): Promise<{ id: number; since: number }[]> {
    const jobs = await this.#sql.json<[number, number][]>(this.#dialect.closingJobs, CHUNK)
    return jobs.map(([id, since]) => ({ id, since }))
  }

  async unsealedJobs(after: number): Promise<number[]> {
    return this.#sql.json<number[]>(this.#dialect.unsealedJobs, after, CHUNK)
  }

  async finishUndone(): Promise<void> {
    for (const id of await this.#sql.json<number[]>(this.#dialect.undoneJobs, CHUNK)) this.#ledger.job(id)
  }

  async drawSamples(jobId: number, decide: Decide): Promise<boolean> {
    await this.#sql.run(this.#dialect.holdOfDiffering, jobId, jobId)
    const words = await this.#sql.json<WordToDraw[]>(this.#dialect.wordsToDraw, jobId, 4 * CHUNK)
    const rows = [...Map.groupBy(words, ([, trustId, held]) => `${trustId} ${held}`).values()].flatMap((units) =>
      shuffled(units)
        .slice(0, units[0]?.[2] === 1 ? units.length : sampleSize(units.length))
        .map(([unitId, trustId]): Recheck => [unitId, jobId, trustId, 'sample', null, this.#now]),
    )
    if (words.length > 0) await this.#sql.run(this.#dialect.markDrawn, JSON.stringify(words.map(([unitId]) => unitId)))
    await this.#recheck(rows)
    const sampled = await this.#sql.json<number[]>(this.#dialect.sampledWords, jobId, CHUNK)
    await this.#settling.review(sampled, decide, new Set(sampled))
    return words.length === 4 * CHUNK || sampled.length === CHUNK
  }
}

/** The struck device's vote as the rule sees it. */
function struckVote(unit: LoadedUnit, row: number): StruckVote {
  const own = unit.leases.find((lease) => lease.row === row)
  const others = unit.leases.filter((lease) => lease.row !== row && lease.state === 'agreed' && lease.votes)
  return {
    unit: unit.state === 'sealed' || unit.state === 'accepted' ? unit.state : 'open',
    won: own?.state === 'agreed' && !own.verified,
    others: others.length,
    othersDoubted: others.filter((lease) => lease.ownOf === null && isDoubted(lease)).length,
    reauditedBefore: unit.leases.some(({ kind }) => kind === 'again'),
  }
}

/** In a random order that nobody outside can foretell. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: crypto.getRandomValues(new Uint32Array(1))[0] ?? 0 }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
