/**
 * Units: adding, finding, taking. `value->>i` reads element i of a row of the JSON parameter. CROSS JOIN keeps the planner from
 * walking a job's units once per parameter row.
 */

import { ownOf } from './own-of.ts'

export const existingKeys = `
  SELECT json_group_array(u.key) AS j FROM json_each(?) r CROSS JOIN WorkUnit u ON u.key = r.value AND u.jobId = ?`

export const insertUnits = `
  INSERT INTO WorkUnit (jobId, requirement, state, live, wanted, copies, errored, key, input, inputs)
  SELECT ?, ?, 'open', 0, ?, 0, 0, value->>0, unhex(value->>1), value->>2 FROM json_each(?)`

/** Whether a former holder may not have it; one that gave the unit up may, unless that was after the given time. */
const blocked = `(l.state NOT IN ('released', 'expired', 'errored', 'revoked') OR l.endedAt > e.before)`
/** Whether it erred on it, or gave it up so often that it would use up all copies. */
const hasFailed = `(l.state = 'errored' OR l.attempt > 2)`
const former = `(SELECT json_group_array(json_array(l.holder, ${blocked}, l.network, l.checks, l.deviceId, ${hasFailed})) FROM Lease l WHERE l.unitId = u.id)`
const unit = `json_array(u.id, u.key, lower(hex(u.input)), u.inputs, u.wanted, u.live, json(CASE WHEN u.copies > 0 THEN ${former} END))`
/** Not blocked for every asker: what none of them may have is passed over here, before it is written out and read. */
const free = `(u.copies = 0 OR e.askers > (
  SELECT count(*) FROM Lease l WHERE l.unitId = u.id AND l.holder IN (SELECT value FROM json_each(e.holders)) AND ${blocked}))`
const queue = (condition: string): string => `
  SELECT json_array(count(*), max(u.id), json_group_array(${unit}) FILTER (WHERE ${free})) AS j
  FROM (SELECT before, holders, json_array_length(holders) AS askers FROM (SELECT ? AS before, ? AS holders)) e CROSS JOIN (
    SELECT * FROM WorkUnit WHERE jobId = ? AND requirement = ? AND state = 'open' AND ${condition} ORDER BY id LIMIT ?) u`

export const halfUnits = queue('live > 0 AND live < wanted AND id > ?')
export const freshUnits = queue('live = 0')
export const furtherUnits = queue('live = 0 AND id > ?')

/** Of leases that are out, the oldest; then those of open units that have as many copies as they want, and no more. */
export const lateUnits = `
  SELECT json_array(count(*), max(u.id), json_group_array(${unit}) FILTER (WHERE ${free})) AS j
  FROM (SELECT before, holders, json_array_length(holders) AS askers FROM (SELECT ? AS before, ? AS holders)) e CROSS JOIN (
    SELECT u.* FROM (
      SELECT DISTINCT unitId FROM (SELECT unitId FROM Lease WHERE state = 'issued' AND jobId = ? AND issuedAt < ? ORDER BY issuedAt LIMIT ?)) l
    CROSS JOIN WorkUnit u ON u.id = l.unitId WHERE u.state = 'open' AND u.live = u.wanted AND u.copies < ?) u`

export const takeUnits = `
  UPDATE WorkUnit SET live = live + r.copies, copies = WorkUnit.copies + r.copies, wanted = r.wanted
  FROM (SELECT value->>0 AS id, value->>1 AS wanted, value->>2 AS copies FROM json_each(?)) r WHERE WorkUnit.id = r.id`

export const snapshots = `
  SELECT json_group_array(json_array(u.id, u.jobId, u.key, u.inputs, u.state, u.live, u.wanted, u.copies, u.errored,
    (SELECT engineClass FROM Job WHERE id = u.jobId), (SELECT engineSensitive FROM Job WHERE id = u.jobId),
    json((SELECT json_group_array(json_array(l.row, l.holder, l.deviceId, l.state, lower(hex(l.output)), l.errors,
      ${ownOf('l')}, lower(hex(l.id)), l.trustId, l.kind, l.epoch, l.checks,
      l.checked + 2 * l.votes + 4 * l.verified + 8 * l.isolated + 16 * coalesce(t.suspect, 0) + 32 * (d.accountId IS NULL)
      + CASE WHEN l.state = 'voided' THEN 64 * (coalesce(l.note, '') LIKE 'verify: %') + 128 * (coalesce(l.note, '') LIKE 'reject: %') ELSE 0 END,
      coalesce(t.checks, 0), coalesce(t.epoch, 0), t.engineClass, l.network))
     FROM Lease l JOIN Device d ON d.id = l.deviceId LEFT JOIN Trust t ON t.id = l.trustId WHERE l.unitId = u.id)))) AS j
  FROM json_each(?) r CROSS JOIN WorkUnit u ON u.id = r.value`

export const openUnitsByKey = `
  SELECT json_group_array(u.id) AS j FROM json_each(?) r CROSS JOIN WorkUnit u ON u.key = r.value AND u.jobId = ? WHERE u.state = 'open'`

export const updateUnits = `
  UPDATE WorkUnit SET state = r.state, live = r.live, wanted = r.wanted, errored = r.errored, copies = r.copies
  FROM (SELECT value->>0 AS id, value->>1 AS state, value->>2 AS live, value->>3 AS wanted, value->>4 AS errored, value->>5 AS copies
        FROM json_each(?)) r
  WHERE WorkUnit.id = r.id`

export const idleUnits = `
  SELECT json_group_array(key) AS j FROM (
    SELECT * FROM (SELECT key FROM WorkUnit WHERE jobId = ? AND requirement = ? AND state = 'open' AND live = 0 LIMIT ?)
    UNION SELECT * FROM (
      SELECT key FROM WorkUnit WHERE jobId = ? AND requirement = ? AND state = 'open' AND live > 0 AND live < wanted LIMIT ?))`
