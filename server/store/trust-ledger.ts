import type { TrustChange } from '../core/judge-votes.ts'
import { afterPass, afterRevertedStrike, afterStrike, afterUnsupported, stateOf, type Trust } from '../core/trust.ts'
import type { Dialect } from './dialect.ts'
import type { Sql } from './sql.ts'
import type { TrustNews } from './trust-verbs.ts'

export type TrustRow = [
  id: number,
  deviceId: number,
  engineClass: string,
  checks: number,
  strikes: number,
  checked: number,
  returned: number,
  epoch: number,
  suspect: number,
  auditsPassed: number,
  anonymous: 0 | 1 | boolean,
]
/** A check with what a strike keeps of it. */
export interface Judged extends TrustChange {
  readonly jobId: number
  readonly unitId: number
  /** References, hex. */
  readonly output: string
  readonly accepted: string
}
interface Changed {
  readonly deviceId: number
  readonly before: Trust
  now: Trust
}
type StrikeRow = readonly (string | number | null)[]
type ToUndo = { readonly undoneRow: number | bigint | null }
/** Whether it was taken back: a disagreement that only the device's engine explains is kept, and is no strike. */
const STANDS = 0
export const OF_ENGINE = 2
/** How far it is undone: not at all yet, or nothing is to be. */
const TO_UNDO = 0
const DONE = null
const isStanding = (row: StrikeRow): boolean => row.at(-1) === STANDS
/** A strike that is taken back; `later` ones of its device in that engine class stand. */
export type Reversal = [id: number, trustId: number, checksBefore: number, suspectBefore: number, later: number]

export function trustOf([, , , checks, strikes, checked, returned, trustEpoch, suspect, auditsPassed, anonymous]: TrustRow): Trust {
  const counted = { checks, strikes, checked, returned, trustEpoch, auditsPassed }
  return { ...counted, suspect: suspect === 1, anonymous: anonymous === 1 || anonymous === true }
}

/** What was decided on trust that another server has changed meanwhile: the transaction runs again. */
export class StaleTrust extends Error {}

/** Sums what a transaction says of devices' trust and writes it under lock, in the order of ids. */
export class TrustLedger {
  readonly #epochs = new Map<number, number>()
  readonly #returned = new Map<number, number>()
  readonly #judged: Judged[] = []
  readonly #doubted: Reversal[] = []
  readonly #unsupported = new Set<number>()
  #toUndo = 0

  /** A decision relied on this epoch of the device's trust. */
  relied(trustId: number, epoch: number): void {
    if (trustId > 0) this.#epochs.set(trustId, epoch)
  }

  returned(trustId: number): void {
    if (trustId > 0) this.#returned.set(trustId, (this.#returned.get(trustId) ?? 0) + 1)
  }

  judged(change: Judged): void {
    if (change.trustId > 0) this.#judged.push(change)
  }

  /** Nobody of its engine says what it said, and everybody else another thing. */
  unsupported(trustId: number): void {
    if (trustId > 0) this.#unsupported.add(trustId)
  }

  /** Strikes that do not stand, whatever becomes of their units. */
  takeBack(strikes: readonly Reversal[]): void {
    this.#doubted.push(...strikes)
  }

  /** So many losses are to be looked into once more. */
  lookedIntoAgain(losses: number): void {
    this.#toUndo += losses
  }

  async flush(sql: Sql, dialect: Dialect, now: number): Promise<TrustNews> {
    const reversals = await this.#reversals(sql, dialect)
    const ids = new Set([...this.#epochs.keys(), ...this.#returned.keys(), ...this.#judged.map(({ trustId }) => trustId)])
    for (const [, trustId] of reversals) ids.add(trustId)
    for (const trustId of this.#unsupported) ids.add(trustId)
    if (ids.size === 0) return { rose: [], crossed: [], struck: this.#toUndo }
    const rows = await sql.json<TrustRow[]>(dialect.trustsToChange, JSON.stringify([...ids].sort((a, b) => a - b)))
    const changed = new Map(rows.map((row): [number, Changed] => [row[0], { deviceId: row[1], before: trustOf(row), now: trustOf(row) }]))
    for (const [id, epoch] of this.#epochs) {
      if ((changed.get(id)?.before.trustEpoch ?? epoch) !== epoch) throw new StaleTrust(`The trust ${id} has another epoch than ${epoch}.`)
    }
    const strikes = this.#apply(changed, reversals)
    const struck = await this.#write(sql, dialect, now, changed, strikes)
    const rose = [...changed].filter(([, { before, now }]) => now.checks > before.checks)
    return {
      rose: rose.map(([id]) => id),
      crossed: rose.filter(([, { before, now }]) => stateOf(before) !== stateOf(now)).map(([id]) => id),
      struck: struck + this.#toUndo,
    }
  }

  /** The newest first, each once, whichever server takes it back. */
  async #reversals(sql: Sql, dialect: Dialect): Promise<Reversal[]> {
    const leases = this.#judged.filter(({ verdict }) => verdict === 'reverted').map(({ leaseRow }) => leaseRow)
    const cleared = leases.length > 0 ? await sql.json<Reversal[]>(dialect.strikesToRevert, JSON.stringify(leases)) : []
    const found = new Map([...this.#doubted, ...cleared].map((reversal) => [reversal[0], reversal]))
    if (found.size === 0) return []
    const taken = await sql.rows<{ id: number }>(dialect.revertStrikes, JSON.stringify([...found.keys()].sort((a, b) => a - b)))
    return taken.map(({ id }) => found.get(Number(id)) as Reversal).sort(([a], [b]) => b - a)
  }

  #apply(changed: ReadonlyMap<number, Changed>, reversals: readonly Reversal[]): StrikeRow[] {
    const strikes: StrikeRow[] = []
    const followed = new Set<string>()
    for (const [trustId, returned] of this.#returned) {
      const each = changed.get(trustId)
      if (each) each.now = { ...each.now, returned: each.now.returned + returned }
    }
    for (const { trustId, verdict, passedBefore, jobId, unitId, leaseRow, output, accepted } of this.#judged) {
      const each = changed.get(trustId)
      if (!each) continue
      if (verdict === 'passed') each.now = afterPass(each.now)
      if (verdict !== 'struck' && verdict !== 'engine') continue
      const { trustEpoch, checks, suspect } = each.now
      const row = [trustId, each.deviceId, jobId, unitId, leaseRow, trustEpoch, checks, suspect ? 1 : 0, output, accepted]
      if (verdict === 'struck') strikes.push([...row, TO_UNDO, STANDS])
      else strikes.push([...row, this.#isFollowed(trustId, jobId, followed) ? TO_UNDO : DONE, OF_ENGINE])
      if (verdict === 'struck') each.now = afterStrike(each.now, passedBefore)
    }
    const newer = Map.groupBy(strikes.filter(isStanding), ([trustId]) => trustId as number)
    const takenBack = new Map<number, number>()
    for (const [, trustId, checksBefore, suspectBefore, later] of reversals) {
      const each = changed.get(trustId)
      if (!each) continue
      const before = takenBack.get(trustId) ?? 0
      each.now = afterRevertedStrike(each.now, checksBefore, suspectBefore === 1, later <= before && !newer.has(trustId))
      takenBack.set(trustId, before + 1)
    }
    for (const trustId of this.#unsupported) {
      const each = changed.get(trustId)
      if (each) each.now = afterUnsupported(each.now)
    }
    return strikes
  }

  /**
   * Whether something may follow from a loss that only the engine explains: not where somebody of that engine says the same. One look at all that the
   * device has said serves all losses of a job that are written together; that it has been looked at often enough says the statement.
   */
  #isFollowed(trustId: number, jobId: number, followed: Set<string>): boolean {
    const loss = `${trustId} ${jobId}`
    if (!this.#unsupported.has(trustId) || followed.has(loss)) return false
    followed.add(loss)
    return true
  }

  /** How many strikes are to be undone. */
  async #write(sql: Sql, dialect: Dialect, now: number, changed: ReadonlyMap<number, Changed>, strikes: StrikeRow[]): Promise<number> {
    const rows = [...changed].filter(([, { before, now }]) => before !== now)
    const columns = rows.map(([id, { now: t }]) => [
      ...[id, t.checks, t.strikes, t.checked, t.returned, t.trustEpoch, t.suspect ? 1 : 0, t.auditsPassed],
    ])
    if (columns.length > 0) await sql.run(dialect.updateTrusts, JSON.stringify(columns))
    const written = strikes.length > 0 ? await sql.rows<ToUndo>(dialect.insertStrikes, now, JSON.stringify(strikes)) : []
    const moved = rows.filter(([, { before, now }]) => stateOf(before) !== stateOf(now))
    const states = moved.map(([, { deviceId, now }]) => [deviceId, stateOf(now)])
    if (states.length > 0) await sql.run(dialect.updateDeviceStates, JSON.stringify(states))
    return written.filter(({ undoneRow }) => undoneRow !== null).length
  }
}
