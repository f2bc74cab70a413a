import { type CreditEntry, type CreditUnit, creditPerSecond, entriesDue, isOverpaid, priceOf } from '../core/credit.ts'
import { type Earning, HALF_LIFE_MS, totalsOf } from '../core/credit-totals.ts'
import type { LeaseState } from '../core/lifecycle.ts'
import { PlatformError } from '../errors.ts'
import type { CreditStore } from './credit-store.ts'
import type { Dialect } from './dialect.ts'
import type { Database } from './open.ts'
import { Sql } from './sql.ts'
import type { JobRecord } from './store.ts'

/** Units compared in one transaction: the engine's next batch waits ten to thirty milliseconds, as for one of its own. */
const UNITS = 1000
/** Jobs, the newest ones that have a price, whose credit a second is compared. */
const JOBS = 1000
const FADING_A_MILLISECOND = Math.LN2 / HALF_LIFE_MS
const WAIT = { maxWait: 30_000, timeout: 60_000 }

type LastEntry = [
  n: number,
  account: number | null,
  device: number,
  team: number | null,
  kind: 'listed' | 'own',
  amount: number,
  at: number,
]
type LeaseRow = [row: number, state: LeaseState, holder: string, deviceId: number, account: number | null, last: LastEntry | null]
type UnitRow = [
  id: number,
  jobId: number,
  ownerId: number,
  inputs: number,
  state: CreditUnit['state'],
  price: number,
  hold: number,
  leases: LeaseRow[],
]
type EarningRow = [
  kind: 'listed' | 'own',
  account: number | null,
  device: number,
  team: number | null,
  jobId: number,
  at: number,
  amount: number,
  results: number,
]
type RateRow = [jobId: number, price: number, inputs: number, units: number, seconds: number, measured: number, hold: number]

/** Over rows of their own (`CreditDue`), so that a settlement pays one statement a batch; safe on every server at once. */
export class Credits implements CreditStore {
  readonly #db: Database
  readonly #dialect: Dialect
  readonly #now: (sql: Sql) => Promise<number>

  constructor(db: Database, dialect: Dialect, now: (sql: Sql) => Promise<number>) {
    this.#db = db
    this.#dialect = dialect
    this.#now = now
  }

  setPrice(job: JobRecord, measuredSeconds: readonly number[]): Promise<number> {
    return this.#transact(async (sql) => {
      const [row] = await sql.rows<PricedJob>(this.#dialect.pricedJob, job.id)
      const price = priceOf(measuredSeconds, row?.cost ?? null)
      if (price === null || !(price >= 0)) throw new Error(`Expected seconds that inputs of the job were measured to take, got none.`)
      if (!row || row.creditPerInput === price) return price
      if (row.creditPerInput !== null && (await this.#isGivenToStrangers(sql, job))) throw priceIsFixed(row.creditPerInput, price)
      await sql.run(this.#dialect.priceJob, price, job.id)
      await sql.run(this.#dialect.insertCreditJobDue, JSON.stringify([job.id]))
      return price
    })
  }

  sweep(): Promise<boolean> {
    return this.#transact((sql) => this.#compareSome(sql))
  }

  release(job: string): Promise<boolean> {
    return this.#db.$transaction(async (tx) => {
      const row = await tx.job.findUnique({ where: { uid: job }, select: { id: true } })
      const sql = new Sql(tx)
      if (!row || (await sql.run(this.#dialect.releaseJob, row.id)) === 0) return false
      await sql.run(this.#dialect.insertCreditJobDue, JSON.stringify([row.id]))
      return true
    }, WAIT)
  }

  #transact<Value>(steps: (sql: Sql) => Promise<Value>): Promise<Value> {
    return this.#db.$transaction((tx) => steps(new Sql(tx)), WAIT)
  }

  async #isGivenToStrangers(sql: Sql, { id, ownDevices, ownerId }: JobRecord): Promise<boolean> {
    return (await sql.json<number>(this.#dialect.givenToStrangers, id, ownDevices ? 1 : 0, ownerId)) === 1
  }

  /** Answers whether anything was due. */
  async #compareSome(sql: Sql): Promise<boolean> {
    const { creditTurn } = this.#dialect
    if (creditTurn && (await sql.json<number>(creditTurn)) === 0) return false
    const due = await sql.json<[row: number, unitId: number][]>(this.#dialect.creditDue, UNITS)
    // Before anything is booked of it: the next sweep finds the same due, and the job held.
    if (await this.#holdOverpaid(sql, [...new Set(due.map(([, unitId]) => unitId))])) return true
    if (due.length > 0) await sql.run(this.#dialect.deleteCreditDue, JSON.stringify(due.map(([row]) => row)))
    const ofJob = due.length < UNITS ? await this.#unitsOfJobDue(sql, UNITS - due.length) : null
    if (due.length === 0 && !ofJob) return false
    await this.#compare(sql, [...new Set([...due.map(([, unitId]) => unitId), ...(ofJob ?? [])])])
    return true
  }

  /** The next units of a job that is walked through; null where none is. */
  async #unitsOfJobDue(sql: Sql, limit: number): Promise<number[] | null> {
    const [job] = await sql.json<[jobId: number, unitKey: string][]>(this.#dialect.creditJobDue)
    if (!job) return null
    const units = await sql.json<[id: number, key: string][]>(this.#dialect.creditJobUnits, ...job, limit)
    if (units.length < limit) await sql.run(this.#dialect.endCreditJob, job[0])
    else await sql.run(this.#dialect.advanceCreditJob, units.at(-1)?.[1] ?? '', job[0])
    return units.map(([id]) => id)
  }

  async #compare(sql: Sql, ids: readonly number[]): Promise<void> {
    const [now, last] = [await this.#now(sql), await sql.json<number>(this.#dialect.lastCredit)]
    const rows = JSON.stringify(ids)
    const units = (await sql.json<UnitRow[]>(this.#dialect.creditUnits, rows)).map(unitOf)
    const teams = await this.#teamsOf(sql, units)
    const entries = units.flatMap((unit) => entriesDue(unit, (account) => teams.get(account) ?? null, now))
    if (entries.length > 0) await sql.run(this.#dialect.insertCredits, now, JSON.stringify(entries.map(rowOf)))
    await sql.run(this.#dialect.grantFirst, now, rows)
    const earnings = (await sql.json<EarningRow[]>(this.#dialect.earningsAfter, last)).map(earningOf)
    const totals = totalsOf(earnings, now).map(({ kind, subject, microcredits, results, recent }) => [
      ...[kind, subject, microcredits, results, recent],
    ])
    if (totals.length > 0) await sql.run(this.#dialect.addCreditTotals, now, JSON.stringify(totals), FADING_A_MILLISECOND)
  }

  async #teamsOf(sql: Sql, units: readonly CreditUnit[]): Promise<Map<number, number | null>> {
    const accounts = new Set(units.flatMap(({ leases }) => leases.flatMap(({ holder }) => /^a:(\d+)$/.exec(holder)?.[1] ?? [])))
    if (accounts.size === 0) return new Map()
    return new Map(await sql.json<[number, number | null][]>(this.#dialect.teamsOfAccounts, JSON.stringify([...accounts].map(Number))))
  }

  /** Of the jobs of these units and the one that is walked through those that give far more credit a second than all do wait for an admin. */
  async #holdOverpaid(sql: Sql, units: readonly number[]): Promise<boolean> {
    const rated = (await sql.json<RateRow[]>(this.#dialect.ratesDue, JSON.stringify(units))).filter(
      (row) => row[6] === 0 && rateOf(row) !== null,
    )
    if (rated.length === 0) return false
    const rates = (await sql.json<RateRow[]>(this.#dialect.ratesOfLast, JOBS)).flatMap((row) => rateOf(row) ?? [])
    const overpaid = JSON.stringify(rated.flatMap((row) => (isOverpaid(rateOf(row), rates) ? [row[0]] : [])))
    if (overpaid === '[]' || (await sql.run(this.#dialect.holdJobs, overpaid)) === 0) return false
    await sql.run(this.#dialect.insertCreditJobDue, overpaid)
    return true
  }
}

/** Of a job: what it declared, and the price it has. */
interface PricedJob {
  readonly cost: number | null
  readonly creditPerInput: number | null
}
const priceIsFixed = (fixed: number, wanted: number): PlatformError =>
  new PlatformError('bad-transition', `Expected the job's price to stay ${fixed}, got ${wanted}: a stranger was given a unit at the first.`)

const rateOf = ([, creditPerInput, inputs, units, unitSeconds, measuredUnits]: RateRow): number | null =>
  creditPerSecond({ creditPerInput, inputsPerUnit: inputs / Math.max(1, units), unitSeconds, measuredUnits })

const unitOf = ([id, jobId, ownerId, inputs, state, creditPerInput, hold, leases]: UnitRow): CreditUnit => ({
  ...{ id, jobId, ownerId, inputs, state, creditPerInput, held: hold === 1 },
  leases: leases.map(([row, leaseState, holder, deviceId, accountOfDevice, last]) => ({
    ...{ row, state: leaseState, holder, deviceId, accountOfDevice },
    last: last && entryOf(last, { leaseRow: row, unitId: id, jobId }),
  })),
})
const entryOf = (
  [n, accountId, deviceId, teamId, kind, microcredits, grantedAt]: LastEntry,
  place: Pick<CreditEntry, 'leaseRow' | 'unitId' | 'jobId'>,
): CreditEntry => ({ ...place, n, accountId, deviceId, teamId, kind, microcredits, grantedAt })

const earningOf = ([kind, accountId, deviceId, teamId, jobId, grantedAt, microcredits, results]: EarningRow): Earning => ({
  ...{ kind, accountId, deviceId, teamId, jobId, grantedAt, microcredits, results },
})

const rowOf = (entry: CreditEntry): (number | string | null)[] => [
  ...[entry.leaseRow, entry.n, entry.unitId, entry.jobId, entry.accountId, entry.deviceId, entry.teamId],
  ...[entry.kind, entry.microcredits, entry.grantedAt],
]
