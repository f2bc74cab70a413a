/** Units: adding, finding, taking. `value->>i` reads element i of a row of the JSON parameter. */

import { ownOf } from './own-of.ts'

export const existingKeys = `
  SELECT coalesce(json_agg(u."key"), '[]')::text AS j
  FROM jsonb_array_elements_text($1::jsonb) r JOIN "WorkUnit" u ON u."key" = r AND u."jobId" = $2`

export const insertUnits = `
  INSERT INTO "WorkUnit" ("jobId", requirement, state, live, wanted, copies, errored, "key", input, inputs)
  SELECT $1::int, $2::int, 'open', 0, $3::int, 0, 0, r->>0, decode(r->>1, 'hex'), (r->>2)::int FROM jsonb_array_elements($4::jsonb) r`

/** Whether a former holder may not have it; one that gave the unit up may, unless that was after the given time. */
const blocked = `(l.state NOT IN ('released', 'expired', 'errored', 'revoked') OR l."endedAt" > $1::bigint)`
/** Whether it erred on it, or gave it up so often that it would use up all copies. */
const hasFailed = `(l.state = 'errored' OR l.attempt > 2)`
const former = `(SELECT json_agg(json_build_array(l.holder, ${blocked}, l.network, l.checks, l."deviceId", ${hasFailed})) FROM "Lease" l WHERE l."unitId" = u.id)`
const unit = `json_build_array(u.id, u."key", encode(u.input, 'hex'), u.inputs, u.wanted, u.live, CASE WHEN u.copies > 0 THEN ${former} END)`
/** Not blocked for every asker: what none of them may have is passed over here, before it is written out and read. */
const free = `(u.copies = 0 OR jsonb_array_length($2::jsonb) > (
  SELECT count(*) FROM "Lease" l
  WHERE l."unitId" = u.id AND l.holder IN (SELECT jsonb_array_elements_text($2::jsonb)) AND ${blocked}))`
/** Materialized, so that the planner cannot choose a hash join over the lease table; locked without waiting for other servers. */
const queue = (condition: string, limit: string): string => `
  WITH u AS MATERIALIZED (
    SELECT * FROM "WorkUnit" WHERE "jobId" = $3 AND requirement = $4 AND state = 'open' AND ${condition}
    ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED)
  SELECT json_build_array(count(*), max(u.id), coalesce(json_agg(${unit} ORDER BY u.id) FILTER (WHERE ${free}), '[]'))::text AS j FROM u`

export const halfUnits = queue('live > 0 AND live < wanted AND id > $5', '$6')
/** Without a bound: with one the planner walks the primary key, over all units that were ever decided. */
export const freshUnits = queue('live = 0', '$5')
export const furtherUnits = queue('live = 0 AND id > $5', '$6')

/** Of leases that are out, the oldest; then those of open units that have as many copies as they want, and no more. */
export const lateUnits = `
  WITH l AS MATERIALIZED (
    SELECT "unitId" FROM "Lease" WHERE state = 'issued' AND "jobId" = $3 AND "issuedAt" < $4::bigint ORDER BY "issuedAt" LIMIT $5),
  u AS MATERIALIZED (
    SELECT * FROM "WorkUnit" WHERE id IN (SELECT "unitId" FROM l) AND state = 'open' AND live = wanted AND copies < $6
    ORDER BY id FOR UPDATE SKIP LOCKED)
  SELECT json_build_array(count(*), max(u.id), coalesce(json_agg(${unit} ORDER BY u.id) FILTER (WHERE ${free}), '[]'))::text AS j FROM u`

export const waitingUnits = `
  SELECT coalesce(json_agg(id), '[]')::text AS j FROM (
    (SELECT id FROM "WorkUnit" WHERE "jobId" = $1 AND requirement = $2 AND state = 'open' AND live = 0 LIMIT 1)
    UNION ALL
    (SELECT id FROM "WorkUnit" WHERE "jobId" = $3 AND requirement = $4 AND state = 'open' AND live > 0 AND live < wanted LIMIT 1)) u`

/** Of a job that was just added the planner thinks it small, and sorts a million keys for each of some thousand that are passed over. */
export const walkByIndex = `
  SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)`

export const takeUnits = `
  UPDATE "WorkUnit" u SET live = live + (r->>2)::int, copies = copies + (r->>2)::int, wanted = (r->>1)::int
  FROM jsonb_array_elements($1::jsonb) r WHERE u.id = (r->>0)::bigint`

/** Answers with their number in one row: a row per unit, with an id of 64 bits, would cost more than the lock. */
export const lockUnits = `
  SELECT count(*)::text AS j FROM (
    SELECT 1 FROM "WorkUnit" WHERE id IN (SELECT r::bigint FROM jsonb_array_elements_text($1::jsonb) r) ORDER BY id FOR UPDATE) k`

export const snapshots = `
  SELECT coalesce(json_agg(json_build_array(u.id, u."jobId", u."key", u.inputs, u.state, u.live, u.wanted, u.copies, u.errored,
    (SELECT "engineClass" FROM "Job" WHERE id = u."jobId"), (SELECT "engineSensitive" FROM "Job" WHERE id = u."jobId"),
    (SELECT json_agg(json_build_array(l."row", l.holder, l."deviceId", l.state, encode(l.output, 'hex'), l.errors,
       ${ownOf('l')}, encode(l.id, 'hex'), l."trustId", l.kind, l.epoch, l.checks,
       l.checked + 2 * l.votes + 4 * l.verified + 8 * l.isolated + 16 * coalesce(t.suspect, 0) + 32 * (d."accountId" IS NULL)::int
         + CASE WHEN l.state = 'voided' THEN 64 * (coalesce(l.note, '') LIKE 'verify: %')::int + 128 * (coalesce(l.note, '') LIKE 'reject: %')::int ELSE 0 END,
       coalesce(t.checks, 0), coalesce(t.epoch, 0), t."engineClass", l.network) ORDER BY l."row")
     FROM "Lease" l JOIN "Device" d ON d.id = l."deviceId" LEFT JOIN "Trust" t ON t.id = l."trustId" WHERE l."unitId" = u.id)) ORDER BY u.id), '[]')::text AS j
  FROM jsonb_array_elements_text($1::jsonb) r JOIN "WorkUnit" u ON u.id = r::bigint`

export const openUnitsByKey = `
  SELECT coalesce(json_agg(u.id), '[]')::text AS j
  FROM jsonb_array_elements_text($1::jsonb) r JOIN "WorkUnit" u ON u."key" = r AND u."jobId" = $2 WHERE u.state = 'open'`

export const updateUnits = `
  UPDATE "WorkUnit" u SET state = r->>1, live = (r->>2)::int, wanted = (r->>3)::int, errored = (r->>4)::int, copies = (r->>5)::int
  FROM jsonb_array_elements($1::jsonb) r WHERE u.id = (r->>0)::bigint`

export const idleUnits = `
  SELECT coalesce(json_agg("key"), '[]')::text AS j FROM (
    (SELECT "key" FROM "WorkUnit" WHERE "jobId" = $1 AND requirement = $2 AND state = 'open' AND live = 0 LIMIT $3)
    UNION (
      SELECT "key" FROM "WorkUnit" WHERE "jobId" = $4 AND requirement = $5 AND state = 'open' AND live > 0 AND live < wanted LIMIT $6)) k`
