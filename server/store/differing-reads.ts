import { alike, type Closeness, decodeOutputs } from '../../sdk/codec.ts'
import type { Row } from './pages.ts'
import { hexOf } from './payload-ref.ts'
import type { ReadConnection } from './reads.ts'
import type { StoredAnswer, StoredDiffering } from './trust-read-store.ts'

/** Units looked at that wait for another opinion or are being computed: as many as wait in a job at most. */
const UNDECIDED = 10_000
/** Units looked at that were decided, or gave a strike, last. */
const DECIDED = 500
/** Units with two answers of which some may be near enough to each other to agree. */
const COMPARED = 20

/** By the index of units that wait, of leases that are out, of events and of strikes; then by that of unit and holder. */
export const DIFFERING_UNITS = `SELECT * FROM (
  SELECT u.id, u.key, u.input, (SELECT count(DISTINCT l.output) FROM "Lease" l WHERE l."unitId" = u.id) AS answers
  FROM "WorkUnit" u WHERE u.id IN (
    SELECT h.id FROM (SELECT id FROM "WorkUnit" WHERE "jobId" = $1 AND state = 'open' AND live > 0 AND live < wanted LIMIT ${UNDECIDED}) h
    UNION SELECT i."unitId" FROM (SELECT "unitId" FROM "Lease" WHERE "jobId" = $1 AND state = 'issued' ORDER BY "issuedAt" LIMIT ${UNDECIDED}) i
    UNION SELECT e."unitId" FROM (SELECT "unitId" FROM "Event" WHERE "jobId" = $1 ORDER BY n DESC LIMIT ${DECIDED}) e
    UNION SELECT s."unitId" FROM (SELECT "unitId" FROM "Strike" WHERE "jobId" = $1 ORDER BY id DESC LIMIT ${DECIDED}) s)
) d WHERE answers > 1 ORDER BY answers DESC, id LIMIT ${COMPARED}`
/** By the index of unit and holder. */
export const ANSWERS = `SELECT l.output, COALESCE(t."engineClass", d.engine) AS "engineClass" FROM "Lease" l
  JOIN "Device" d ON d.id = l."deviceId" LEFT JOIN "Trust" t ON t.id = l."trustId" WHERE l."unitId" = $1 AND l.output IS NOT NULL ORDER BY l.row`

/** Answers to one unit that differ. */
export class DifferingReads {
  readonly #connection: ReadConnection
  readonly #payload: (ref: Uint8Array) => Promise<Uint8Array | null>

  constructor(connection: ReadConnection, payload: (ref: Uint8Array) => Promise<Uint8Array | null>) {
    this.#connection = connection
    this.#payload = payload
  }

  /** Of the unit with the most answers; null where no two differ. */
  async ofJob(jobId: number, compare: Closeness | undefined): Promise<StoredDiffering | null> {
    for (const unit of await this.#connection.query(DIFFERING_UNITS, [jobId])) {
      const answers = await this.#twoOf(Number(unit.id), compare)
      if (answers) return { unit: unit.key as string, input: await this.#payload(unit.input as Uint8Array), compare, answers }
    }
    return null
  }

  /** Those that most devices gave. */
  async #twoOf(unitId: number, compare: Closeness | undefined): Promise<StoredDiffering['answers'] | undefined> {
    const groups = [...Map.groupBy(await this.#connection.query(ANSWERS, [unitId]), ({ output }) => hexOf(output as Uint8Array)).values()]
    const [most, ...others] = groups.sort((a, b) => b.length - a.length)
    if (!most) return undefined
    const first = await this.#answerOf(most)
    for (const group of others) {
      const second = await this.#answerOf(group)
      if (!agree(first, second, compare)) return [first, second]
    }
    return undefined
  }

  async #answerOf(given: readonly Row[]): Promise<StoredAnswer> {
    const engineClasses = [...new Set(given.map(({ engineClass }) => engineClass as string))]
    return { output: await this.#payload(given[0]!.output as Uint8Array), engineClasses, devices: given.length }
  }
}

/** Within the job's tolerance; what is not kept any more differed when it came. */
const agree = (one: StoredAnswer, other: StoredAnswer, compare: Closeness | undefined): boolean =>
  compare !== undefined &&
  one.output !== null &&
  other.output !== null &&
  alike(decodeOutputs(one.output), decodeOutputs(other.output), compare)
