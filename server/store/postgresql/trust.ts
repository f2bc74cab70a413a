/** Trust: what devices earned, strikes, single words, and units that are computed once more. Rows are locked in the order of ids. */
import { MOST_OF_ENGINE } from '../../core/exemption.ts'

const ids = (n: number): string => `(SELECT r::bigint FROM jsonb_array_elements_text($${n}::jsonb) r)`
const trust = `json_build_array(t.id, t."deviceId", t."engineClass", t.checks, t.strikes, t.checked, t.returned, t.epoch, t.suspect, t."auditsPassed",
    d."accountId" IS NULL)`

export const trusts = `
  SELECT coalesce(json_agg(${trust}), '[]')::text AS j
  FROM jsonb_array_elements_text($1::jsonb) r JOIN "Trust" t ON t.id = r::int JOIN "Device" d ON d.id = t."deviceId"`

export const trustsToChange = `
  WITH t AS MATERIALIZED (SELECT * FROM "Trust" WHERE id IN ${ids(1)} ORDER BY id FOR UPDATE)
  SELECT coalesce(json_agg(${trust} ORDER BY t.id), '[]')::text AS j FROM t JOIN "Device" d ON d.id = t."deviceId"`

export const updateTrusts = `
  UPDATE "Trust" t SET checks = (r->>1)::int, strikes = (r->>2)::int, checked = (r->>3)::int, returned = (r->>4)::int, epoch = (r->>5)::int,
    suspect = (r->>6)::int, "auditsPassed" = (r->>7)::int
  FROM jsonb_array_elements($1::jsonb) r WHERE t.id = (r->>0)::int`

export const updateDeviceStates = `
  UPDATE "Device" d SET state = r->>1 FROM jsonb_array_elements($1::jsonb) r WHERE d.id = (r->>0)::int AND d.state <> 'banned'`

const isFollowed = `
  (SELECT count(*) < ${MOST_OF_ENGINE} AND count(o."undoneRow") = 0 FROM (
    SELECT "undoneRow" FROM "Strike" WHERE "trustId" = (r->>0)::int AND "jobId" = (r->>2)::int AND reverted = 2 LIMIT ${MOST_OF_ENGINE}) o)`
export const insertStrikes = `
  INSERT INTO "Strike" ("createdAt", "undoneRow", reverted, "trustId", "deviceId", "jobId", "unitId", "leaseRow", epoch, "checksBefore", "suspectBefore", output, accepted)
  SELECT $1::bigint, CASE WHEN r->>10 IS NULL THEN NULL WHEN (r->>11)::int <> 2 OR ${isFollowed} THEN (r->>10)::bigint END, (r->>11)::int, (r->>0)::int, (r->>1)::int, (r->>2)::int, (r->>3)::bigint, (r->>4)::bigint, (r->>5)::int, (r->>6)::int, (r->>7)::int,
    decode(r->>8, 'hex'), decode(r->>9, 'hex') FROM jsonb_array_elements($2::jsonb) r
  RETURNING "undoneRow"`

const later = `(SELECT count(*) FROM "Strike" o WHERE o."trustId" = s."trustId" AND o.id > s.id AND o.reverted = 0)`
const reversal = `json_build_array(s.id, s."trustId", s."checksBefore", s."suspectBefore", ${later})`

export const strikesToRevert = `
  SELECT coalesce(json_agg(${reversal}), '[]')::text AS j
  FROM jsonb_array_elements_text($1::jsonb) r JOIN "Lease" l ON l."row" = r::bigint JOIN "Strike" s ON s."unitId" = l."unitId" AND s."leaseRow" = l."row"
  WHERE s.reverted = 0`

export const strikesInDoubt = `
  SELECT coalesce(json_agg(${reversal}), '[]')::text AS j FROM (
    SELECT s.* FROM "Job" j JOIN "Strike" s ON s."jobId" = j.id
    WHERE j.state = 'paused' AND (j.reason LIKE 'non-deterministic:%' OR j.reason LIKE 'verify-contradicted:%') AND s.reverted = 0
    ORDER BY s.id DESC LIMIT $1) s`

export const revertStrikes = `UPDATE "Strike" SET reverted = 1 WHERE id IN ${ids(1)} AND reverted = 0 RETURNING id`

export const bannedInDoubt = `
  SELECT coalesce(json_agg(json_build_array(uid, "trustId")), '[]')::text AS j FROM (
    SELECT d.uid, t.id AS "trustId" FROM "Device" d JOIN "Trust" t ON t."deviceId" = d.id
    WHERE d.state = 'banned' AND d."banReason" = $1 AND EXISTS (SELECT 1 FROM "Strike" s WHERE s."deviceId" = d.id AND s.reverted = 1)
    ORDER BY d.id LIMIT $2) k`

export const strikingJobs = `
  SELECT coalesce(json_agg(json_build_array("trustId", "jobId", standing, "ofEngine")), '[]')::text AS j FROM (
    SELECT "trustId", "jobId", count(*) FILTER (WHERE reverted = 0) AS standing, count(*) FILTER (WHERE reverted = 2) AS "ofEngine"
    FROM "Strike" WHERE "trustId" IN ${ids(1)} AND reverted <> 1 GROUP BY "trustId", "jobId") s`

export const strikers = `
  SELECT count(DISTINCT CASE WHEN a.role = 'admin' THEN 'job ' || s."jobId" ELSE 'account ' || coalesce(j."ownerId", 0) END)::text AS j
  FROM "Strike" s LEFT JOIN "Job" j ON j.id = s."jobId" LEFT JOIN "Account" a ON a.id = j."ownerId" WHERE s."trustId" = $1::int AND s.reverted = 0`

/** What no number of checks reaches: the word is decided by copies. */
const HELD = 2147483647
export const recheckWords = `
  INSERT INTO "Recheck" ("unitId", "jobId", "trustId", kind, "strikeId", "dueAt")
  SELECT w."unitId", w."jobId", w."trustId", 'sample', NULL, $1::bigint FROM "SingleWord" w
  WHERE w."jobId" = $2::int AND w."trustId" = $3::int ORDER BY w."unitId" LIMIT 5000 ON CONFLICT DO NOTHING`

export const holdWords = `
  UPDATE "SingleWord" SET "sealAt" = ${HELD}, sampled = 1 WHERE "jobId" = $1::int AND "trustId" = $2::int`

export const holdOfDiffering = `
  UPDATE "SingleWord" SET "sealAt" = ${HELD}, sampled = 1
  WHERE "jobId" = $1::int AND "sealAt" < ${HELD}
    AND "trustId" IN (SELECT s."trustId" FROM "Strike" s WHERE s."jobId" = $2::int AND s.reverted = 2)`

export const openStrikes = `
  SELECT coalesce(json_agg(json_build_array(s.id, s."trustId", s."deviceId", s.epoch, s."undoneRow", d.uid, s."jobId", s.reverted) ORDER BY s.id), '[]')::text AS j FROM (
    SELECT * FROM "Strike" WHERE "undoneRow" IS NOT NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) s JOIN "Device" d ON d.id = s."deviceId"`

export const advanceStrike = `UPDATE "Strike" SET "undoneRow" = $1::bigint, alone = alone + $2::int WHERE id = $3::int`

export const struckLeases = `
  SELECT coalesce(json_agg(json_build_array("row", id, "unitId", state, "jobState", "jobId", "isRechecked") ORDER BY "row"), '[]')::text AS j FROM (
    SELECT l."row", encode(l.id, 'hex') AS id, l."unitId", l.state, l."jobId", (j."targetError" IS NOT NULL AND j.verify IS NULL)::int AS "isRechecked",
      CASE WHEN j.state <> 'finished' OR j."targetError" IS NOT NULL THEN j.state END AS "jobState" FROM "Lease" l LEFT JOIN "Job" j ON j.id = l."jobId"
    WHERE l."trustId" = $1::int AND l."row" > $2::bigint AND (l.epoch <= $3::int OR l.state = 'issued') ORDER BY l."row" LIMIT $4) k`

export const putSingleWords = `
  INSERT INTO "SingleWord" (sampled, "unitId", "jobId", "trustId", "sealAt")
  SELECT 0, (r->>0)::bigint, (r->>1)::int, (r->>2)::int, (r->>3)::int FROM jsonb_array_elements($1::jsonb) r
  ON CONFLICT ("unitId") DO NOTHING`

export const deleteSingleWords = `DELETE FROM "SingleWord" WHERE "unitId" IN ${ids(1)}`

const proven = (columns: string): string => `
    SELECT ${columns} FROM jsonb_array_elements_text($1::jsonb) r JOIN "Trust" t ON t.id = r::int JOIN "Device" d ON d.id = t."deviceId"
      CROSS JOIN LATERAL (SELECT * FROM "SingleWord" WHERE "trustId" = t.id AND "sealAt" <= t.checks ORDER BY "sealAt" LIMIT $2) s
      CROSS JOIN LATERAL (SELECT * FROM "WorkUnit" WHERE id = s."unitId" AND state = 'accepted' OFFSET 0) u
      CROSS JOIN LATERAL (SELECT * FROM "Lease" WHERE "unitId" = u.id AND "trustId" = t.id AND state = 'agreed' AND epoch = t.epoch OFFSET 0) l
    WHERE t.suspect = 0 LIMIT $2`
export const lockProven = `SELECT coalesce(json_agg("unitId"), '[]')::text AS j FROM (${proven('s."unitId"')}) k`

export const provenWords = `
  SELECT coalesce(json_agg(json_build_array("unitId", "jobId", "key", "row", output, checks, anonymous)), '[]')::text AS j FROM (${proven(
    `s."unitId", s."jobId", u."key", l."row", encode(l.output, 'hex') AS output, t.checks, d."accountId" IS NULL AS anonymous`,
  )}) k`

export const sealUnits = `UPDATE "WorkUnit" SET state = 'sealed' WHERE id IN ${ids(1)}`

export const authorsWaiting = `
  SELECT coalesce(json_agg("trustId"), '[]')::text AS j FROM (
    SELECT DISTINCT "trustId" FROM "SingleWord" WHERE "trustId" > $1::int ORDER BY "trustId" LIMIT $2) k`

/** Closing is said of the job again: a sample that differed may have re-opened its unit meanwhile. */
const isClosing = (job: string): string => `EXISTS (SELECT 1 FROM "Job" j WHERE j.id = ${job} AND j."closingSince" IS NOT NULL)`

export const wordsToDraw = `
  SELECT coalesce(json_agg(json_build_array("unitId", "trustId", held::int)), '[]')::text AS j FROM (
    SELECT w."unitId", w."trustId", w."sealAt" = ${HELD} AS held FROM "SingleWord" w
    WHERE w."jobId" = $1::int
      AND (w.sampled = 0 OR (w."sealAt" = ${HELD} AND NOT EXISTS (SELECT 1 FROM "Recheck" r WHERE r."unitId" = w."unitId")))
      AND ${isClosing('w."jobId"')}
    ORDER BY w."trustId" LIMIT $2 FOR UPDATE SKIP LOCKED) k`

export const markDrawn = `UPDATE "SingleWord" SET sampled = 1 WHERE "unitId" IN ${ids(1)}`

export const sampledWords = `
  SELECT coalesce(json_agg("unitId"), '[]')::text AS j FROM (
    SELECT s."unitId" FROM "SingleWord" s WHERE s."jobId" = $1::int AND s.sampled = 1 AND s."sealAt" < ${HELD} AND ${isClosing('s."jobId"')}
      AND NOT EXISTS (SELECT 1 FROM "Recheck" r WHERE r."jobId" = s."jobId" AND r."trustId" = s."trustId" AND r.kind = 'sample') LIMIT $2) k`

export const insertRechecks = `
  INSERT INTO "Recheck" ("unitId", "jobId", "trustId", kind, "strikeId", "dueAt")
  SELECT (r->>0)::bigint, (r->>1)::int, (r->>2)::int, r->>3, (r->>4)::int, (r->>5)::bigint FROM jsonb_array_elements($1::jsonb) r
  ORDER BY (r->>0)::bigint ON CONFLICT DO NOTHING RETURNING "unitId"`

export const moveRechecks = `UPDATE "Recheck" SET "dueAt" = $1::bigint WHERE "unitId" IN ${ids(2)}`

export const deleteRechecks = `DELETE FROM "Recheck" WHERE "unitId" IN ${ids(1)} RETURNING "unitId", "jobId", "strikeId", "dueAt"`

export const strikeRechecks = `
  SELECT coalesce(json_agg(json_build_array("unitId", "jobId")), '[]')::text AS j FROM (
    SELECT "unitId", "jobId" FROM "Recheck" WHERE "trustId" = $1::int AND "strikeId" = $2::int AND "dueAt" = $3::bigint) k`

export const activeRechecks = `
  SELECT count(*)::text AS j FROM "Recheck" WHERE "trustId" = $1::int AND "strikeId" = $2::int AND "dueAt" < $3::bigint`

export const countDiffering = `UPDATE "Strike" SET differing = differing + 1 WHERE id = $1::int`
export const strikeById = `SELECT "trustId", differing FROM "Strike" WHERE id = $1::int`

const former = `(SELECT json_agg(json_build_array(l.holder, l.state, l.votes, l.network, l."deviceId")) FROM "Lease" l WHERE l."unitId" = u.id)`
const candidate = `json_build_array(u.id, u."key", encode(u.input, 'hex'), u.inputs, ${former})`

/** Units that another server's transaction holds are passed over. */
export const unitsToRecheck = `
  WITH c AS MATERIALIZED (
    SELECT "unitId", kind, "dueAt" FROM "Recheck" WHERE "jobId" = $1::int AND "dueAt" <= $2::bigint ORDER BY "dueAt" LIMIT $3),
  u AS MATERIALIZED (
    SELECT * FROM "WorkUnit" WHERE id = ANY (ARRAY(SELECT "unitId" FROM c)) AND state IN ('accepted', 'sealed') ORDER BY id FOR UPDATE SKIP LOCKED)
  SELECT coalesce(json_agg(json_build_array(c.kind, c."dueAt", ${candidate}) ORDER BY c."dueAt"), '[]')::text AS j FROM c JOIN u ON u.id = c."unitId"`

export const auditCandidates = `
  WITH e AS MATERIALIZED (
    SELECT DISTINCT "unitId" FROM "Event" WHERE "jobId" = $2::int AND n IN ${ids(1)}),
  u AS MATERIALIZED (
    SELECT * FROM "WorkUnit" WHERE id = ANY (ARRAY(SELECT "unitId" FROM e)) AND state IN ('accepted', 'sealed') ORDER BY id FOR UPDATE SKIP LOCKED)
  SELECT coalesce(json_agg(${candidate}), '[]')::text AS j FROM u`

export const putReviews = `
  INSERT INTO "Review" ("unitId") SELECT r::bigint FROM jsonb_array_elements_text($1::jsonb) r ORDER BY r::bigint ON CONFLICT DO NOTHING`
export const reviews = `
  SELECT coalesce(json_agg("unitId"), '[]')::text AS j FROM (SELECT "unitId" FROM "Review" ORDER BY "unitId" LIMIT $1 FOR UPDATE SKIP LOCKED) k`
export const deleteReviews = `DELETE FROM "Review" WHERE "unitId" IN ${ids(1)}`

export const pendingUnits = `
  SELECT coalesce(json_agg("unitId"), '[]')::text AS j FROM (
    SELECT DISTINCT "unitId" FROM (SELECT "unitId", state FROM "Lease" WHERE "trustId" = $1::int ORDER BY "row" DESC LIMIT $2) l
    WHERE state = 'pending' ORDER BY "unitId") k`

export const pinEngine = `
  UPDATE "Job" SET "engineSensitive" = 1, "sameEngine" = 1, "engineClass" = coalesce("engineClass", $1) WHERE id = $2::int AND "engineClass" IS NULL`
export const excusedLeases = `
  SELECT coalesce(json_agg("row"), '[]')::text AS j FROM (
    SELECT l."row", coalesce((SELECT j."engineClass" <> t."engineClass" FROM "Job" j WHERE j.id = l."jobId" AND j."engineSensitive" = 1),
      EXISTS (SELECT 1 FROM "Strike" s
        WHERE s."trustId" = l."trustId" AND s."jobId" = l."jobId" AND s.reverted = 2 AND s."createdAt" >= l."endedAt")) AS excused
    FROM "Lease" l JOIN "Trust" t ON t.id = l."trustId" WHERE l."unitId" IN ${ids(1)} AND l.state = 'agreed') k WHERE excused`
export const undoExcuses = `
  UPDATE "Strike" SET "undoneRow" = 0 WHERE id IN (
    SELECT min(s.id) FROM "Strike" s JOIN "Trust" t ON t.id = s."trustId"
    WHERE s."jobId" = $1::int AND s.reverted = 2 AND t."engineClass" <> $2 GROUP BY s."trustId" HAVING count(s."undoneRow") = 0)`
export const markSensitive = `UPDATE "Job" SET "engineSensitive" = 1 WHERE id = $1::int AND "engineSensitive" = 0`

export const endSharing = `
  UPDATE "Job" SET isolation = 'unit' WHERE id IN (SELECT r::int FROM jsonb_array_elements_text($1::jsonb) r)`

export const reviewHalf = `
  INSERT INTO "Review" ("unitId") SELECT u.id FROM "Job" j JOIN "WorkUnit" u ON u."jobId" = j.id AND u.requirement = j.requirement
  WHERE j.id = $1::int AND u.state = 'open' AND u.live > 0 AND u.live < u.wanted ORDER BY u.id ON CONFLICT DO NOTHING`

const stands = `l.state IN ('pending', 'agreed', 'disagreed')`
const goesOn = `j.state IN ('running', 'paused', 'finished')`
export const trustsOfDevice = `SELECT coalesce(json_agg(id), '[]')::text AS j FROM "Trust" WHERE "deviceId" = $1::int`
export const answersOfTrust = `
  SELECT coalesce(json_agg(json_build_array("row", id) ORDER BY "row"), '[]')::text AS j FROM (
    SELECT l."row", encode(l.id, 'hex') AS id FROM "Lease" l JOIN "Job" j ON j.id = l."jobId"
    WHERE l."trustId" = $1::int AND l."deviceId" = $2::int AND l."row" > $3::bigint AND l."endedAt" >= $4::bigint AND ${stands} AND ${goesOn}
    ORDER BY l."row" LIMIT $5) k`
export const jobsOfBundle = `
  SELECT coalesce(json_agg(id ORDER BY id), '[]')::text AS j FROM (
    SELECT id FROM "Job" j WHERE bundle = decode($1, 'hex') AND id >= $2::int AND ${goesOn} ORDER BY id LIMIT 2) k`
export const answersOfUnits = `
  SELECT coalesce(json_agg(json_build_array("key", id) ORDER BY "key", "row"), '[]')::text AS j FROM (
    SELECT u."key", l."row", encode(l.id, 'hex') AS id
    FROM (SELECT id, "key" FROM "WorkUnit" WHERE "jobId" = $1::int AND "key" > $2 ORDER BY "key" LIMIT $3) u
    LEFT JOIN "Lease" l ON l."unitId" = u.id AND l."endedAt" >= $4::bigint AND ${stands}) k`

export const undoneJobs = `
  SELECT coalesce(json_agg(id), '[]')::text AS j FROM (
    SELECT id FROM "Job" WHERE "closingSince" IS NOT NULL AND state IN ('running', 'paused') AND "unitsAlone" = 0 AND "unitsToRecheck" = 0
    ORDER BY id LIMIT $1) k`

export const closingJobs = `
  SELECT coalesce(json_agg(json_build_array(id, "closingSince") ORDER BY id), '[]')::text AS j FROM (
    SELECT id, "closingSince" FROM "Job" WHERE "closingSince" IS NOT NULL AND state = 'running' ORDER BY id LIMIT $1) k`

export const unsealedJobs = `
  SELECT coalesce(json_agg(id), '[]')::text AS j FROM (
    SELECT id FROM "Job" WHERE "closingSince" IS NOT NULL AND state = 'finished' AND id > $1::int ORDER BY id LIMIT $2) k`
