/** Forgetting: jobs first, then what belonged to them. Whoever is met by another server's lock is left for a later piece. */

/** The row lock and its fresh look decide: a job that runs again, or is being changed, is not among them. */
export const overJobs = `
  SELECT coalesce(json_agg(id), '[]')::text AS j FROM (
    SELECT id FROM "Job" WHERE "finishedAt" < $1::bigint AND state IN ('finished', 'failed', 'cancelled', 'rejected') AND "unitsOpen" = 0
    ORDER BY "finishedAt" LIMIT $2 FOR UPDATE SKIP LOCKED) k`

export const abandonedJobs = `
  SELECT coalesce(json_agg(uid), '[]')::text AS j FROM (
    SELECT uid FROM "Job" j WHERE state = 'running' AND "inputsComplete" = 0 AND "unitsOpen" = 0 AND "createdAt" < $1::bigint
      AND NOT EXISTS (SELECT 1 FROM "Event" e WHERE e."jobId" = j.id AND e.n = j."eventCount" AND e."createdAt" >= $2::bigint)
    ORDER BY id LIMIT $3) k`

export const rememberForgotten = `
  INSERT INTO "ForgottenJob" ("jobId", events, "unitKey")
  SELECT j.id, j."eventCount", '' FROM jsonb_array_elements_text($1::jsonb) r JOIN "Job" j ON j.id = r::int`

export const freeBundles = `
  WITH j AS (SELECT j.id, j.bundle, j.verify FROM jsonb_array_elements_text($1::jsonb) r JOIN "Job" j ON j.id = r::int)
  INSERT INTO "FreedPayload" ("jobId", sha256) SELECT id, bundle FROM j UNION SELECT id, verify FROM j WHERE verify IS NOT NULL`

export const freeFiles = `DELETE FROM "JobFile" WHERE "jobId" IN (SELECT r::int FROM jsonb_array_elements_text($1::jsonb) r)`

export const deleteJobs = `DELETE FROM "Job" WHERE id IN (SELECT r::int FROM jsonb_array_elements_text($1::jsonb) r)`

export const forgottenJob = `
  SELECT coalesce(json_agg(json_build_array("jobId", events, "unitKey")), '[]')::text AS j FROM (
    SELECT * FROM "ForgottenJob" ORDER BY "jobId" LIMIT 1 FOR UPDATE SKIP LOCKED) k`

export const advanceForgotten = `UPDATE "ForgottenJob" SET events = $1::bigint, "unitKey" = $2 WHERE "jobId" = $3::int`

export const endForgotten = `DELETE FROM "ForgottenJob" WHERE "jobId" = $1::int`

export const freeEventOutputs = `
  INSERT INTO "FreedPayload" ("jobId", sha256)
  SELECT DISTINCT "jobId", substr(output, 2) FROM "Event" WHERE "jobId" = $1::int AND n > $2::bigint AND output >= '\\x01'::bytea
  ON CONFLICT DO NOTHING`

export const deleteEvents = `DELETE FROM "Event" WHERE "jobId" = $1::int AND n > $2::bigint`

export const forgottenUnits = `
  SELECT coalesce(json_agg(json_build_array(id, "key", copies) ORDER BY "key"), '[]')::text AS j FROM (
    SELECT id, "key", copies FROM "WorkUnit" WHERE "jobId" = $1::int AND "key" >= $2 ORDER BY "key" LIMIT $3) k`

/** The leases of the units of the parameter, unit by unit: a join may become a hash of the whole table where its statistics are missing. */
const leases = `jsonb_array_elements_text($1::jsonb) r CROSS JOIN LATERAL (SELECT * FROM "Lease" WHERE "unitId" = r::bigint OFFSET 0) l`

export const freeInputs = `
  INSERT INTO "FreedPayload" ("jobId", sha256)
  SELECT DISTINCT u."jobId", substr(u.input, 2) FROM jsonb_array_elements_text($1::jsonb) r JOIN "WorkUnit" u ON u.id = r::bigint
  WHERE u.input >= '\\x01'::bytea ON CONFLICT DO NOTHING`

export const freeOutputs = `
  INSERT INTO "FreedPayload" ("jobId", sha256)
  SELECT DISTINCT l."jobId", substr(l.output, 2) FROM ${leases} WHERE l.output >= '\\x01'::bytea ON CONFLICT DO NOTHING`

export const deleteTraces = `DELETE FROM "Trace" WHERE "leaseRow" = ANY (ARRAY(SELECT l."row" FROM ${leases}))`

export const deletePastLeases = `
  DELETE FROM "PastLease" WHERE id = ANY (ARRAY(
    SELECT p.id FROM ${leases} CROSS JOIN LATERAL (SELECT id FROM "PastLease" WHERE "row" = l."row" OFFSET 0) p))`

export const deleteLeases = `DELETE FROM "Lease" WHERE "row" = ANY (ARRAY(SELECT l."row" FROM ${leases}))`

export const deleteUnits = `DELETE FROM "WorkUnit" u USING jsonb_array_elements_text($1::jsonb) r WHERE u.id = r::bigint`

export const freedPayloads = `
  SELECT coalesce(json_agg(json_build_array(encode(f.sha256, 'hex'), coalesce(p.size, -1))), '[]')::text AS j FROM (
    SELECT sha256 FROM "FreedPayload" WHERE "jobId" = $1::int ORDER BY sha256 LIMIT $2) f LEFT JOIN "Payload" p ON p.sha256 = f.sha256`

/** Skips what a submission or result under way keeps for itself (see `keepPayloads`). */
export const lockPayloads = `
  SELECT coalesce(json_agg(encode(sha256, 'hex')), '[]')::text AS j FROM (
    SELECT sha256 FROM "Payload" WHERE sha256 IN (SELECT decode(r, 'hex') FROM jsonb_array_elements_text($1::jsonb) r) FOR UPDATE SKIP LOCKED) k`

/** A statement of its own after the lock: its snapshot sees every reference that was committed before. */
export const deletePayloads = `
  DELETE FROM "Payload" p USING jsonb_array_elements_text($1::jsonb) r WHERE p.sha256 = decode(r, 'hex')
    AND NOT EXISTS (SELECT 1 FROM "Job" j WHERE j.bundle = p.sha256)
    AND NOT EXISTS (SELECT 1 FROM "Job" j WHERE j.verify = p.sha256)
    AND NOT EXISTS (SELECT 1 FROM "WorkUnit" u WHERE u.input >= '\\x01'::bytea AND u.input = '\\x01'::bytea || p.sha256)
    AND NOT EXISTS (SELECT 1 FROM "Lease" l WHERE l.output >= '\\x01'::bytea AND l.output = '\\x01'::bytea || p.sha256)
    AND NOT EXISTS (SELECT 1 FROM "Event" e WHERE e.output >= '\\x01'::bytea AND e.output = '\\x01'::bytea || p.sha256)`

export const deleteFreed = `
  DELETE FROM "FreedPayload" WHERE "jobId" = $1::int AND sha256 IN (SELECT decode(r, 'hex') FROM jsonb_array_elements_text($2::jsonb) r)`
