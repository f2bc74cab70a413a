import { expect } from 'vitest'
import { PARKED } from '../../server/store/trust-of-units.ts'
import type { StoreKit } from '../support/store-kit.ts'

const LIVE = "('issued', 'checking', 'pending', 'agreed', 'disagreed')"
const number = (value: unknown): number => Number(value ?? 0)

/** Counts the rows anew and compares them with every counter that is kept beside them, and with what the events say. */
export async function expectCountersToEqualRows({ rows }: Pick<StoreKit, 'rows'>): Promise<void> {
  await expectDeviceCounters(rows)
  await expectJobsToEqualRows({ rows })
}

/** The same but for devices, which keep what they earned for jobs that are forgotten. */
export async function expectJobsToEqualRows({ rows }: Pick<StoreKit, 'rows'>): Promise<void> {
  await expectJobCounters(rows)
  await expectUnits(rows)
  await expectEventsToFoldToUnits(rows)
}
type Rows = StoreKit['rows']

async function expectJobCounters(rows: Rows): Promise<void> {
  const sum = (condition: string) => `coalesce(sum(CASE WHEN ${condition} THEN 1 ELSE 0 END), 0)`
  const recount = await rows(`SELECT j.id, j.state, j."inputsComplete",
      ${['open', 'accepted', 'sealed', 'failed', 'cancelled'].map((state) => `${sum(`u.state = '${state}'`)} AS ${state}`).join(', ')},
      ${sum(`u.state = 'open' AND u.live > 0 AND u.live < u.wanted`)} AS half, (SELECT coalesce(sum(l.attempt), 0) FROM "Lease" l WHERE l."jobId" = j.id) AS copies,
      coalesce(sum(u.inputs), 0) AS units_inputs, j."unitsOpen", j."unitsAccepted", j."unitsSealed", j."unitsFailed", j."unitsCancelled",
      j."unitsHalf", j.leases, j.inputs, j."eventCount", (SELECT count(*) FROM "Event" e WHERE e."jobId" = j.id) AS events,
      (SELECT coalesce(max(n), 0) FROM "Event" e WHERE e."jobId" = j.id) AS newest, j."unitsAlone", j."unitsToRecheck", j."targetError",
      (SELECT count(*) FROM "SingleWord" s WHERE s."jobId" = j.id) AS alone,
      (SELECT count(*) FROM "Recheck" c WHERE c."jobId" = j.id AND c."dueAt" < ${PARKED}) AS recheck,
      (SELECT coalesce(sum(l.attempt), 0) FROM "Lease" l WHERE l."jobId" = j.id) AS attempts
    FROM "Job" j LEFT JOIN "WorkUnit" u ON u."jobId" = j.id GROUP BY j.id`)
  for (const row of recount) {
    const kept = [
      'unitsOpen',
      'unitsAccepted',
      'unitsSealed',
      'unitsFailed',
      'unitsCancelled',
      'unitsHalf',
      'leases',
      'inputs',
      'eventCount',
      'unitsAlone',
      'unitsToRecheck',
    ]
    // Where trust decides there are audits beside copies, and voided copies are none any more.
    const leases = row.targetError === null ? 'copies' : 'attempts'
    const counted = ['open', 'accepted', 'sealed', 'failed', 'cancelled', 'half', leases, 'units_inputs', 'events', 'alone', 'recheck']
    const of = (columns: string[]) => columns.map((column) => number(row[column]))
    expect(of(kept), `kept against counted: ${kept.join(', ')}`).toEqual(of(counted))
    expect(number(row.newest), 'events are gapless').toBe(number(row.eventCount))
    const mayEnd = row.state === 'running' || row.state === 'paused'
    const undoing = await rows('SELECT id FROM "Strike" WHERE "undoneRow" IS NOT NULL')
    const left = number(row.open) + number(row.alone) + number(row.recheck) + undoing.length
    if (mayEnd && number(row.inputsComplete) === 1)
      expect(left, 'a job with nothing left, and no strike to be undone, ends').toBeGreaterThan(0)
    if (row.state === 'finished') expect(number(row.open), 'a finished job has no open unit').toBe(0)
  }
}

async function expectDeviceCounters(rows: Rows): Promise<void> {
  const count = (states: string) => `(SELECT count(*) FROM "Lease" l WHERE l."deviceId" = d.id AND l.state IN (${states}))`
  const wrong = await rows(`SELECT d.id FROM "Device" d WHERE d.returned <> ${count("'pending', 'agreed', 'disagreed'")}
    OR d.agreed <> ${count("'agreed'")} OR d.disagreed <> ${count("'disagreed'")}`)
  expect(wrong, 'devices whose counters differ from their leases').toEqual([])
}

async function expectUnits(rows: Rows): Promise<void> {
  const live = (more = '') => `(SELECT count(*) FROM "Lease" l WHERE l."unitId" = u.id AND l.state IN ${LIVE}${more})`
  // An audit that is under way occupies no place of a decided unit until something comes for it.
  const least = `CASE WHEN u.state = 'open' THEN ${live()} ELSE ${live(" AND NOT (l.state = 'issued' AND l.kind <> 'copy')")} END`
  const wrong = await rows(`SELECT u.id, u.state, u.live FROM "WorkUnit" u WHERE u.live NOT BETWEEN ${least} AND ${live()}`)
  expect(wrong, 'units whose `live` is wrong').toEqual([])
  expect(await rows('SELECT id, copies FROM "WorkUnit" WHERE copies > 10'), 'units with more than ten copies').toEqual([])
  const twice = `SELECT "unitId", holder FROM "Lease" WHERE state IN ${LIVE} GROUP BY "unitId", holder HAVING count(*) > 1`
  expect(await rows(twice), 'two live leases of one holder').toEqual([])
  const asTwo = `SELECT "unitId", "deviceId" FROM "Lease" WHERE state IN ${LIVE} GROUP BY "unitId", "deviceId" HAVING count(*) > 1`
  expect(await rows(asTwo), 'two live leases of one device').toEqual([])
}

/** INTEGRITY invariant 6: the last event of each unit says the state it is in. */
async function expectEventsToFoldToUnits(rows: Rows): Promise<void> {
  const events = await rows('SELECT "unitId", kind, output FROM "Event" ORDER BY "jobId", n')
  const fold = new Map<number, { state: string; output: unknown }>()
  for (const { unitId, kind, output } of events) fold.set(number(unitId), { state: kind === 'retracted' ? 'open' : String(kind), output })
  for (const { id, state } of await rows('SELECT id, state FROM "WorkUnit" WHERE state <> \'cancelled\'')) {
    expect(fold.get(number(id))?.state ?? 'open', `unit ${id}`).toBe(state)
  }
  // Where a job has a tolerance others may be merely alike; the oldest is the one that was accepted. In a unit that was
  // re-opened it is a vote, also when that is cancelled or fails later.
  const answers = await rows(`SELECT DISTINCT l."unitId", l.output FROM "Lease" l JOIN "WorkUnit" u ON u.id = l."unitId"
    LEFT JOIN "Job" j ON j.id = l."jobId" WHERE l.state = 'agreed' AND u.state IN ('accepted', 'sealed')
    AND (j."relTol" IS NULL OR NOT EXISTS (
      SELECT 1 FROM "Lease" o WHERE o."unitId" = l."unitId" AND o.state = 'agreed' AND o."row" < l."row"))`)
  for (const { unitId, output } of answers) expect(fold.get(number(unitId))?.output, `the agreed output of unit ${unitId}`).toEqual(output)
}
