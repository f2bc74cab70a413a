import { randomInt } from 'node:crypto'
import type { LeaseKind } from '../core/agreement.ts'
import { strangersMayContinue } from '../core/continuing.ts'
import type { Had } from '../core/networks.ts'
import { UNIT_LIMITS } from '../core/policy.ts'
import type { Dialect } from './dialect.ts'
import { newLeaseId } from './lease-id.ts'
import { assignAudits, assignRechecks, takeRechecks, withoutReplaced } from './lease-rechecks.ts'
import type { Ledger } from './ledger.ts'
import { hadBy, mayHave } from './may-have.ts'
import { readPayloads } from './payloads.ts'
import type { Sql, Statement } from './sql.ts'
import type { GrantedWish, LeaseWish } from './store.ts'

/** Rows looked at beyond those wished for: bounds the walk over units that none of the askers may have. */
const SCAN = 200
/** How long a holder that gave a unit up is passed over for others, milliseconds. */
const AVOID_MS = 5000

/**
 * Who had the unit; `blocked` holders, and their devices as whoever else, may not have it (again, or yet). `hasFailed`: it erred on it, or gave it
 * up three times.
 */
export type Former = [
  holder: string,
  blocked: 0 | 1 | boolean,
  network: string | null,
  checks: number,
  deviceId: number,
  hasFailed?: 0 | 1 | boolean,
]
export type Found = [id: number, key: string, input: string, inputs: number, wanted: number, live: number, former: Former[] | null]
type Look = [looked: number, last: number | null, found: Found[]]
export interface Pick {
  readonly wish: LeaseWish
  readonly unit: Found
  readonly wanted: number
  readonly kind: LeaseKind
  /** Others of its network have the unit. */
  readonly sameNetwork?: true
}

const NOTHING: Look = [0, null, []]

/** By job, hints that are lost without harm. */
export interface QueueCursors {
  /** Where the last look through the `half` queue stopped, which spreads the looks. */
  readonly half: Map<number, number>
  /** Behind which unit of the `fresh` queue the last look was that found its first ones refused to whoever asked. */
  readonly fresh: Map<number, number>
}

/** Hands out copies of units: one query a queue and job for all wishes of a batch, one statement for all that was picked. */
export class UnitLeasing {
  readonly #sql: Sql
  readonly #dialect: Dialect
  readonly #ledger: Ledger
  readonly #cursors: QueueCursors
  readonly #now: number

  constructor(sql: Sql, dialect: Dialect, ledger: Ledger, cursors: QueueCursors, now: number) {
    this.#sql = sql
    this.#dialect = dialect
    this.#ledger = ledger
    this.#cursors = cursors
    this.#now = now
  }

  /** One answer per wish, in order; units that need another opinion are given first. */
  async lease(wishes: readonly LeaseWish[]): Promise<GrantedWish[]> {
    const picks: Pick[] = []
    const withheld = new Map<number, GrantedWish['withheld']>()
    for (const [jobId, ofJob] of Map.groupBy(wishes, (wish) => wish.job.id)) {
      const { picks: rechecks, left } = await assignRechecks(this.#sql, this.#dialect, this.#now, ofJob)
      const [halfLooked, , half] = ofJob[0] && mayBeHalf(ofJob[0].job) ? await this.#half(jobId, ofJob) : NOTHING
      const open = assign(half, ofJob, rechecks, true)
      const rest = ofJob.filter((wish) => !wish.onlyOpinions)
      const [freshLooked, fresh] = await this.#fresh(jobId, rest, [...open, ...rechecks])
      const opinions = [...open, ...closedOnes(half, ofJob, [...open, ...rechecks, ...fresh])]
      if (left > 0 || unitsOf(opinions) < halfLooked || (fresh.length === 0 && freshLooked > 0)) withheld.set(jobId, 'for-others')
      else if (halfLooked + freshLooked === 0 && (await this.#isLocked(ofJob))) withheld.set(jobId, 'locked')
      const audits = await assignAudits(this.#sql, this.#dialect, fresh, rechecks)
      picks.push(...opinions, ...withoutReplaced(fresh, audits), ...rechecks, ...audits)
    }
    return this.#issue(wishes, picks, withheld)
  }

  /** Second copies of what others have had for longer than this. */
  async leaseLate(wish: LeaseWish, olderThanMs: number): Promise<GrantedWish> {
    const [holders, issuedBefore] = [JSON.stringify([wish.holder]), Math.floor(this.#now - olderThanMs)]
    const bounds = [wish.job.id, issuedBefore, SCAN, UNIT_LIMITS.copies]
    const [, , found] = await this.#sql.json<Look>(this.#dialect.lateUnits, this.#now - AVOID_MS, holders, ...bounds)
    const picks = found.flatMap((unit) => pickOf(wish, unit, unit[4], []) ?? []).slice(0, wish.count)
    return (await this.#issue([wish], picks, new Map()))[0] as GrantedWish
  }

  async #half(jobId: number, wishes: readonly LeaseWish[]): Promise<Look> {
    const after = this.#cursors.half.get(jobId) ?? 0
    const limit = SCAN + totalOf(wishes)
    const look = await this.#look(this.#dialect.halfUnits, wishes, after, limit)
    const [looked, last] = look
    if (looked < limit) this.#cursors.half.delete(jobId)
    else this.#cursors.half.set(jobId, last ?? 0)
    return looked === 0 && after > 0 ? this.#half(jobId, wishes) : look
  }

  /**
   * How many units that nobody has were looked at, and what of them is given. Where none of the first may be given to any asker, which answers that
   * were thrown away come to, some further ones are looked at, each time behind those before.
   */
  async #fresh(jobId: number, wishes: readonly LeaseWish[], given: readonly Pick[]): Promise<[looked: number, picks: Pick[]]> {
    const left = totalOf(wishes) - given.filter(({ wish }) => wishes.includes(wish)).length
    if (left <= 0) return [0, []]
    const limit = left + SCAN
    const [looked, last, found] = await this.#look(this.#dialect.freshUnits, wishes, limit)
    const picks = assign(found, wishes, given)
    if (picks.length > 0 || looked < limit) return [looked, picks]
    const { fresh } = this.#cursors
    const [lookedFurther, end, further] = await this.#look(this.#dialect.furtherUnits, wishes, fresh.get(jobId) ?? last ?? 0, limit)
    const furtherPicks = assign(further, wishes, given)
    if (furtherPicks.length > 0) fresh.set(jobId, (further[0] as Found)[0] - 1)
    else if (lookedFurther < limit) fresh.delete(jobId)
    else fresh.set(jobId, end ?? 0)
    return [looked, furtherPicks]
  }

  #look(statement: Statement, wishes: readonly LeaseWish[], ...bounds: number[]): Promise<Look> {
    const holders = JSON.stringify([...new Set(wishes.map(({ holder }) => holder))])
    const { id, requirement } = (wishes[0] as LeaseWish).job
    return this.#sql.json<Look>(statement, this.#now - AVOID_MS, holders, id, requirement, ...bounds)
  }

  /** Nothing was found: is there something that another server's transaction holds? */
  async #isLocked([wish]: readonly LeaseWish[]): Promise<boolean> {
    const { waitingUnits } = this.#dialect
    if (!waitingUnits || !wish) return false
    const { id, requirement } = wish.job
    return (await this.#sql.json<number[]>(waitingUnits, id, requirement, id, requirement)).length > 0
  }

  async #issue(
    wishes: readonly LeaseWish[],
    picks: readonly Pick[],
    withheld: ReadonlyMap<number, GrantedWish['withheld']>,
  ): Promise<GrantedWish[]> {
    const answers = new Map(
      wishes.map((wish) => [wish, { grants: [] as GrantedWish['grants'][number][], withheld: withheld.get(wish.job.id) ?? null }]),
    )
    if (picks.length > 0) {
      const leases = await this.#write(picks)
      const refs = picks.map(({ unit }) => unit[2])
      const inputs = await readPayloads(this.#sql, this.#dialect, refs)
      picks.forEach(({ wish, unit, kind }, i) => {
        const grant = { lease: leases[i] as string, key: unit[1], input: inputs[i] as Uint8Array, inputs: unit[3] }
        const grants = answers.get(wish)?.grants ?? []
        // Where a check stands among the copies tells nothing (INTEGRITY Q8).
        const place = kind === 'copy' ? grants.length : randomInt(grants.length + 1)
        grants.splice(place, 0, mayHaveCheckpoint(wish, unit) ? { ...grant, again: true } : grant)
      })
    }
    return wishes.map((wish) => answers.get(wish) as GrantedWish)
  }

  /** Writes the leases; answers with their ids, in the order of `picks`. */
  async #write(picks: readonly Pick[]): Promise<string[]> {
    const again = picks.filter(({ unit, wish }) => unit[6]?.some(([holder]) => holder === wish.holder))
    const past = again.map(({ unit, wish }) => [unit[0], wish.holder])
    if (past.length > 0) await this.#sql.run(this.#dialect.keepPastLeases, JSON.stringify(past))
    const copies = picks.filter(({ kind }) => kind === 'copy')
    const taken = [...Map.groupBy(copies, ({ unit }) => unit[0])].map(([id, copies]) => [id, copies[0]?.wanted ?? 1, copies.length])
    if (taken.length > 0) await this.#sql.run(this.#dialect.takeUnits, JSON.stringify(taken))
    await takeRechecks(this.#sql, this.#dialect, this.#now, picks)
    const ids = picks.map(() => newLeaseId(this.#now))
    const rows = picks.map(({ wish, unit, kind, sameNetwork = false }, i) => {
      const [of, until] = [[wish.job.id, wish.holder, wish.deviceId], Math.round(this.#now + wish.deadlineMs)]
      return [ids[i], unit[0], ...of, until, wish.checking?.trustId ?? 0, kind, wish.network ?? null, Number(sameNetwork)]
    })
    await this.#sql.run(this.#dialect.insertLeases, this.#now, JSON.stringify(rows))
    this.#count(copies)
    for (const { wish, kind } of picks) {
      const delta = this.#ledger.job(wish.job.id)
      delta.leases += 1
      delta.audits += Number(kind !== 'copy')
    }
    return ids
  }

  #count(picks: readonly Pick[]): void {
    for (const copies of Map.groupBy(picks, ({ unit }) => unit[0]).values()) {
      const [first] = copies
      if (!first) continue
      const delta = this.#ledger.job(first.wish.job.id)
      const live = first.unit[5]
      const isHalf = (count: number): number => Number(count > 0 && count < first.wanted)
      delta.half += isHalf(live + copies.length) - isHalf(live)
      if (live === 0) delta.offered += Math.max(0, first.wanted - copies.length)
    }
  }
}

/** Where one answer suffices, no unit waits for another; an answer that `verify` cannot vouch for does. */
const mayBeHalf = ({ quorum, verify }: LeaseWish['job']): boolean => quorum > 1 || verify !== undefined
/** A guess that costs nothing, so that no other unit is looked up: somebody had it, and any word is enough, the asker's is, or it was the asker. */
const mayHaveCheckpoint = (wish: LeaseWish, [, , , , , , former]: Found): boolean =>
  former !== null && (strangersMayContinue(wish.job) || wish.wanted === 1 || former.some(([holder]) => holder === wish.holder))

const unitsOf = (picks: readonly Pick[]): number => new Set(picks.map(({ unit }) => unit[0])).size
const totalOf = (wishes: readonly LeaseWish[]): number => wishes.reduce((sum, wish) => sum + wish.count, 0)

/** A copy of the unit for the wish, undefined where it may not have it. */
function pickOf(wish: LeaseWish, unit: Found, wanted: number, given: readonly Had[]): Pick | undefined {
  const may = mayHave(wish, unit[6], given)
  return may ? { wish, unit, wanted, kind: 'copy', ...(may === 'in the same network' && { sameNetwork: true }) } : undefined
}

/** Units that are not open to their askers, for those who would be given nothing else. */
function closedOnes(half: readonly Found[], wishes: readonly LeaseWish[], picked: readonly Pick[]): Pick[] {
  const empty = wishes.filter((wish) => wish.isOpen && !picked.some((pick) => pick.wish === wish))
  if (empty.length === 0) return []
  const taken = new Set(picked.map(({ unit }) => unit[0]))
  return assign(
    half.filter(([id]) => !taken.has(id)),
    empty,
    [],
  )
}

/** Gives the found units to the wishes in order; never one unit twice to one holder or device, never more copies than it wants. */
function assign(found: readonly Found[], wishes: readonly LeaseWish[], already: readonly Pick[], onlyOpen = false): Pick[] {
  const picks: Pick[] = []
  const given = new Map<number, Had[]>()
  let full = 0
  for (const wish of wishes) {
    let open = wish.count - already.filter((pick) => pick.wish === wish).length
    for (let i = full; i < found.length && open > 0; i++) {
      const unit = found[i] as Found
      const [id, , , , wanted, live] = unit
      const had = given.get(id) ?? []
      const room = live === 0 ? 1 - had.length : wanted - live - had.length
      if (room <= 0 && i === full) full += 1
      const mayAsk = !onlyOpen || wish.isOpen?.(id) !== false
      const pick = room > 0 && mayAsk && pickOf(wish, unit, live === 0 ? wish.wanted : wanted, had)
      if (!pick) continue
      picks.push(pick)
      given.set(id, [...had, hadBy(wish)])
      open -= 1
    }
  }
  return picks
}
