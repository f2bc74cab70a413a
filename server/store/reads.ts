import type {
  ClusterStatus,
  EventsAnswer,
  JobEvent,
  JobSnapshot,
  JobState,
  JobsRequest,
  Page,
  StoredUnit,
  UnitsAnswer,
} from '../../sdk/protocol.ts'
import type { Holding } from '../core/networks.ts'
import { SqlCreditReads } from './credit-reads.ts'
import { DifferingReads } from './differing-reads.ts'
import { cursorOf, MOST, pageOf, type Row } from './pages.ts'
import { hexOf, readRef } from './payload-ref.ts'
import { RecordReads } from './record-reads.ts'
import { snapshotOf } from './snapshot-of.ts'
import type { LeasePlace, OwnSeconds, Reads, StoredDevice, TrackRecord, UnitRecords } from './store.ts'
import { readTrackRecords } from './track-record-reads.ts'
import type { StoredDiffering, StoredStrike, StoredTrust, WaitingVote } from './trust-read-store.ts'
import { TrustReads } from './trust-reads.ts'
import { UnitReads } from './unit-reads.ts'

/** Runs one SELECT with `$1`, `$2` … on a read-only connection. */
export interface ReadConnection {
  query(text: string, parameters: readonly (string | number | Uint8Array)[]): Promise<Row[]>
  close(): Promise<void>
}

const jobStates: readonly JobState[] = ['awaiting-approval', 'running', 'paused', 'finished', 'failed', 'cancelled', 'rejected']
const EVENT_BYTES = 256 * 1024

/** The last column by the index of leases that are out. */
const DEVICE = `SELECT d.*, EXISTS (SELECT 1 FROM "Lease" l WHERE l."deviceId" = d.id AND l.state = 'issued') AS busy FROM "Device" d`

/** Ids of one statement; fewer are filled up with the last one, so that the text is always the same. */
const IDS = 50
export const DEVICES_OF = `${DEVICE} WHERE d.id IN (${Array.from({ length: IDS }, (_, i) => `$${i + 1}`).join(', ')})`

const deviceOf = (row: Row): StoredDevice => ({
  device: row.uid as string,
  name: row.name as string,
  kind: row.kind as StoredDevice['kind'],
  engine: row.engine as string,
  own: Number(row.own) === 2,
  state: row.state as StoredDevice['state'],
  busy: Boolean(row.busy),
  returned: Number(row.returned),
  agreed: Number(row.agreed),
  disagreed: Number(row.disagreed),
  errored: Number(row.errored),
  seenAt: Number(row.seenAt),
  ...(row.banReason ? { banReason: row.banReason as string } : {}),
  ...(row.appeal ? { appeal: row.appeal as string } : {}),
})

/** The reads of people, the same SQL on both databases. Lists are newest first and paged by row id. */
export class SqlReads implements Reads {
  readonly credits: SqlCreditReads
  readonly #connection: ReadConnection
  readonly #units: UnitReads
  readonly #records: RecordReads
  readonly #trust: TrustReads
  readonly #differing: DifferingReads

  constructor(connection: ReadConnection) {
    this.credits = new SqlCreditReads(connection)
    this.#connection = connection
    this.#units = new UnitReads(connection, (ref) => this.#payload(ref))
    this.#records = new RecordReads(connection, (ref) => this.#payload(ref))
    this.#trust = new TrustReads(connection, (ref) => this.#payload(ref))
    this.#differing = new DifferingReads(connection, (ref) => this.#payload(ref))
  }

  async job(job: string): Promise<JobSnapshot | undefined> {
    const [row] = await this.#connection.query(`${JOB} WHERE j.uid = $1`, [job])
    return row && snapshotOf(row)
  }

  async jobs(after: string | undefined, limit: number, unlisted: boolean): Promise<Page<JobSnapshot>> {
    const text = unlisted ? `${JOB} WHERE j.id < $1 ORDER BY j.id DESC LIMIT $2` : LISTED_JOBS
    return pageOf(await this.#connection.query(text, [cursorOf(after), limit + 1]), limit, snapshotOf)
  }

  async ownJobs(ownerId: number, { after, limit, active, name }: JobsRequest): Promise<Page<JobSnapshot>> {
    const named = name === undefined ? [] : [name]
    const rows = await this.#connection.query(ownJobsText(active, name !== undefined), [ownerId, cursorOf(after), limit + 1, ...named])
    return pageOf(rows, limit, snapshotOf)
  }

  async units(job: string, after: string, limit: number): Promise<UnitsAnswer | undefined> {
    const id = await this.#idOf(job)
    return id === undefined ? undefined : ((await this.#units.after(id, after, limit)) ?? this.#forgotten(job))
  }

  async ownSeconds(job: string): Promise<OwnSeconds | undefined> {
    const id = await this.#idOf(job)
    return id === undefined ? undefined : this.#units.ownSeconds(id)
  }

  placesOf(deviceId: number, leases: readonly string[]): Promise<readonly LeasePlace[]> {
    return this.#units.placesOf(deviceId, leases)
  }

  async unitsByKey(job: string, keys: readonly string[]): Promise<readonly StoredUnit[] | undefined> {
    const id = await this.#idOf(job)
    return id === undefined ? undefined : ((await this.#units.byKey(id, keys)) ?? this.#forgotten(job))
  }

  async unitRecords(job: string, after: string, limit: number): Promise<UnitRecords | undefined> {
    const id = await this.#idOf(job)
    return id === undefined ? undefined : ((await this.#records.after(id, after, limit)) ?? this.#forgotten(job))
  }

  resultLease(jobId: number, key: string, n: number): Promise<string | undefined> {
    return this.#trust.resultLease(jobId, key, n)
  }

  waitingVotes(job: { readonly id: number; readonly requirement: number }): Promise<readonly WaitingVote[]> {
    return this.#trust.waitingVotes(job)
  }

  untakenUnits(job: { readonly id: number; readonly requirement: number }): Promise<readonly (readonly Holding[])[]> {
    return this.#trust.untakenUnits(job)
  }

  trustOf(device: string): Promise<readonly StoredTrust[]> {
    return this.#trust.trustOf(device)
  }

  strikesOf(device: string, after: string | undefined, limit: number): Promise<Page<StoredStrike>> {
    return this.#trust.strikesOf(device, after, limit)
  }

  async differing(job: string): Promise<StoredDiffering | null | undefined> {
    const [row] = await this.#connection.query('SELECT id, "relTol", "absTol" FROM "Job" WHERE uid = $1', [job])
    const compare = row?.relTol === null ? undefined : { relTol: Number(row?.relTol), absTol: Number(row?.absTol) }
    return row && this.#differing.ofJob(Number(row.id), compare)
  }

  async #idOf(job: string): Promise<number | undefined> {
    const [row] = await this.#connection.query('SELECT id FROM "Job" WHERE uid = $1', [job])
    return row && Number(row.id)
  }

  async device(device: string): Promise<StoredDevice | undefined> {
    const [row] = await this.#connection.query(`${DEVICE} WHERE d.uid = $1`, [device])
    return row && deviceOf(row)
  }

  async devices(after: string | undefined, limit: number): Promise<Page<StoredDevice>> {
    const text = `${DEVICE} WHERE d.id < $1 ORDER BY d.id DESC LIMIT $2`
    return pageOf(await this.#connection.query(text, [cursorOf(after), limit + 1]), limit, deviceOf)
  }

  async devicesOf(ids: readonly number[]): Promise<readonly StoredDevice[]> {
    const found = new Map<number, StoredDevice>()
    for (let from = 0; from < ids.length; from += IDS) {
      const some = ids.slice(from, from + IDS)
      const filled = Array.from({ length: IDS }, (_, i) => some[Math.min(i, some.length - 1)] as number)
      for (const row of await this.#connection.query(DEVICES_OF, filled)) found.set(Number(row.id), deviceOf(row))
    }
    return ids.flatMap((id) => found.get(id) ?? [])
  }

  trackRecordsOf(ids: readonly number[]): Promise<readonly TrackRecord[]> {
    return readTrackRecords(this.#connection, ids)
  }

  async leaderboard(after: string | undefined, limit: number): Promise<Page<StoredDevice>> {
    const [agreed, id] = after === undefined ? [MOST, MOST] : after.split('-').map(cursorOf)
    const rows = await this.#connection.query(LEADERBOARD, [agreed ?? MOST, id ?? MOST, limit + 1])
    return pageOf(rows, limit, deviceOf, (row) => `${row.agreed}-${row.id}`)
  }

  async events(job: string, after: number, limit: number, withConsole = false): Promise<EventsAnswer | undefined> {
    const [row] = await this.#connection.query(`${JOB} WHERE j.uid = $1`, [job])
    if (!row) return undefined
    const text = `${eventsWith(withConsole)} WHERE e."jobId" = $1 AND e.n > $2 ORDER BY e.n LIMIT $3`
    const rows = await this.#connection.query(text, [Number(row.id), after, limit])
    const events = await this.#withOutputs(job, rows, row.verify !== null)
    return events && { events, snapshot: snapshotOf(row) }
  }

  async newestEvents(job: string, limit: number): Promise<EventsAnswer | undefined> {
    const [row] = await this.#connection.query(`${JOB} WHERE j.uid = $1`, [job])
    if (!row) return undefined
    const text = `${eventsWith(false)} WHERE e."jobId" = $1 ORDER BY e.n DESC LIMIT $2`
    const rows = await this.#connection.query(text, [Number(row.id), limit])
    const events = await this.#withOutputs(job, rows, row.verify !== null)
    return events && { events: events.reverse(), snapshot: snapshotOf(row) }
  }

  /** As many of the rows, from the first, as a page of events holds; undefined when the job was forgotten meanwhile. */
  async #withOutputs(job: string, rows: readonly Row[], verifies: boolean): Promise<JobEvent[] | undefined> {
    const events: JobEvent[] = []
    let bytes = 0
    for (const event of rows) {
      const output = event.output === null ? undefined : await this.#payload(event.output as Uint8Array)
      if (output === null) return this.#forgotten(job)
      bytes += (output?.length ?? 0) + lengthOf(event.stack) + lengthOf(event.console)
      if (bytes > EVENT_BYTES && events.length > 0) break
      events.push({ ...eventOf(event, output), ...(verifies && isCertain(event) ? { verified: true } : {}) })
    }
    return events
  }

  /** Null where its row is gone. */
  async #payload(ref: Uint8Array): Promise<Uint8Array | null> {
    const read = readRef(hexOf(ref))
    if ('bytes' in read) return read.bytes
    const [row] = await this.#connection.query('SELECT bytes FROM "Payload" WHERE sha256 = $1', [Buffer.from(read.digest, 'hex')])
    return row ? (row.bytes as Uint8Array) : null
  }

  /** A payload went while the job was read: the job was forgotten meanwhile, or the database is damaged. */
  async #forgotten(job: string): Promise<undefined> {
    if (await this.job(job))
      throw new Error(`Expected the inputs and outputs of job ${job} to be there, but one is gone: the database is damaged.`)
  }

  async jobCounts(): Promise<ClusterStatus['jobs']> {
    const rows = await this.#connection.query('SELECT state, count(*) AS jobs FROM "Job" GROUP BY state', [])
    const counts = new Map(rows.map((row) => [row.state as JobState, Number(row.jobs)]))
    return Object.fromEntries(jobStates.map((state) => [state, counts.get(state) ?? 0])) as ClusterStatus['jobs']
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}

/** What a failed input's code left of its stack is always read: it is small and seldom. */
const eventsWith = (console: boolean) =>
  `SELECT e.*, t.stack${console ? ', t.console' : ''} FROM "Event" e LEFT JOIN "Trace" t ON t."leaseRow" = e."leaseRow"`
/** In a job that verifies, only what `verify` said yes to, or an own device's error, has this confidence. */
const isCertain = ({ kind, confidence }: Row): boolean => kind === 'sealed' && Number(confidence) === 1
const lengthOf = (bytes: unknown): number => (bytes as Uint8Array | null | undefined)?.length ?? 0
const textOf = (bytes: unknown): string => new TextDecoder().decode(bytes as Uint8Array)

/** The last event by the key of events. */
const JOB = `SELECT j.*, a.name AS owner,
  CASE WHEN j."inputsComplete" = 0 AND j."unitsOpen" = 0 AND j.state IN ('running', 'paused')
    THEN coalesce(e."createdAt", j."createdAt") END AS "waitingSince"
  FROM "Job" j JOIN "Account" a ON a.id = j."ownerId" LEFT JOIN "Event" e ON e."jobId" = j.id AND e.n = j."eventCount"`
/** Each half by the index of its visibility; one condition on both would walk over whatever is not listed. */
const half = (visibility: string) =>
  `SELECT * FROM (${JOB} WHERE j.visibility = '${visibility}' AND j.id < $1 ORDER BY j.id DESC LIMIT $2) ${visibility}`
export const LISTED_JOBS = `SELECT * FROM (${half('public')} UNION ALL ${half('owner')}) listed ORDER BY id DESC LIMIT $2`

const ACTIVE: readonly JobState[] = ['awaiting-approval', 'running', 'paused']

/** One's own jobs ($1 owner, $2 cursor, $3 limit, $4 name): each state by its index, whatever the others hold; of a name by that of names. */
export function ownJobsText(active: boolean | undefined, named: boolean): string {
  const own = `${JOB} WHERE j."ownerId" = $1 AND j.id < $2`
  const last = 'ORDER BY j.id DESC LIMIT $3'
  const states = jobStates.filter((state) => active === undefined || ACTIVE.includes(state) === active)
  if (named) return `${own} AND j.name = $4 ${active === undefined ? '' : `AND j.state IN ('${states.join("', '")}')`} ${last}`
  if (active === undefined) return `${own} ${last}`
  const each = states.map((state, i) => `SELECT * FROM (${own} AND j.state = '${state}' ${last}) s${i}`)
  return `SELECT * FROM (${each.join(' UNION ALL ')}) own ORDER BY id DESC LIMIT $3`
}

/** The conditions stand as literals, else the partial index cannot be used. */
export const LEADERBOARD = `${DEVICE} WHERE d.agreed > 0 AND d.state <> 'banned' AND (d.agreed, d.id) < ($1, $2) ORDER BY d.agreed DESC, d.id DESC LIMIT $3`

const eventOf = (row: Row, output: Uint8Array | undefined): JobEvent => ({
  n: Number(row.n),
  kind: row.kind as JobEvent['kind'],
  key: row.unitKey as string,
  ...(output ? { output } : {}),
  ...(row.error ? { error: row.error as string } : {}),
  ...(row.stack ? { stack: textOf(row.stack) } : {}),
  ...(row.console ? { console: textOf(row.console) } : {}),
  confidence: Number(row.confidence),
  holders: Number(row.holders),
  seconds: Number(row.seconds),
})
