/** What a batch adds up to: devices, jobs, events; and payloads. */

export const clock = `SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint::text AS j`

export const insertPayloads = `
  INSERT INTO "Payload" (sha256, size, bytes, "createdAt")
  SELECT decode(r->>0, 'hex'), (r->>1)::int, decode(r->>2, 'hex'), (r->>3)::bigint FROM jsonb_array_elements($1::jsonb) r
  ORDER BY r->>0 ON CONFLICT DO NOTHING`

/** Shared among those who refer to a payload, against whoever would delete it: the deletion skips what is locked like this. */
export const keepPayloads = `
  SELECT count(*)::text AS j FROM (
    SELECT 1 FROM "Payload" WHERE sha256 IN (SELECT decode(r, 'hex') FROM jsonb_array_elements_text($1::jsonb) r)
    ORDER BY sha256 FOR KEY SHARE) k`

export const payloads = `
  SELECT coalesce(json_agg(json_build_array(r, encode(p.bytes, 'hex'))), '[]')::text AS j
  FROM jsonb_array_elements_text($1::jsonb) r JOIN "Payload" p ON p.sha256 = decode(r, 'hex')`

export const lockDevices = `
  SELECT id FROM "Device" WHERE id IN (SELECT r::int FROM jsonb_array_elements_text($1::jsonb) r) ORDER BY id FOR UPDATE`

export const updateDevices = `
  UPDATE "Device" d SET returned = d.returned + (r->>1)::int, agreed = d.agreed + (r->>2)::int,
    disagreed = d.disagreed + (r->>3)::int, errored = d.errored + (r->>4)::int, expired = d.expired + (r->>5)::int,
    speed = coalesce((r->>6)::float8, d.speed)
  FROM jsonb_array_elements($1::jsonb) r WHERE d.id = (r->>0)::int`

export const lockJobs = `
  SELECT id FROM "Job" WHERE id IN (SELECT r::int FROM jsonb_array_elements_text($1::jsonb) r) ORDER BY id FOR UPDATE`

const delta = `SELECT (r->>0)::int AS id, (r->>1)::int AS open, (r->>2)::int AS accepted, (r->>3)::int AS sealed, (r->>4)::int AS failed,
    (r->>5)::int AS cancelled, (r->>6)::int AS half, (r->>7)::int AS disputed, (r->>8)::int AS inputs, (r->>9)::int AS "failedInputs",
    (r->>10)::int AS leases, (r->>11)::int AS measured, (r->>12)::float8 AS seconds, (r->>13)::int AS events, (r->>14)::int AS complete,
    r->>15 AS state, r->>16 AS reason, (r->>17)::bigint AS now, (r->>18)::int AS alone, (r->>19)::int AS recheck, (r->>20)::int AS audits,
    (r->>21)::int AS wasted FROM jsonb_array_elements($1::jsonb) r`
const allDecided = `greatest(job."inputsComplete", r.complete) = 1 AND job."unitsOpen" + r.open = 0`
/** What a strike undoes may be open again: no job is over before. */
const undoing = `EXISTS (SELECT 1 FROM "Strike" WHERE "undoneRow" IS NOT NULL)`
const toClose = `job."unitsAlone" + r.alone + job."unitsToRecheck" + r.recheck`
/** A job that contradicts itself waits for its researcher. */
const mayFinish = `(job.state = 'running' OR (job.state = 'paused' AND coalesce(job.reason, '') NOT LIKE 'non-deterministic:%'
  AND coalesce(job.reason, '') NOT LIKE 'verify-contradicted:%'))`
/** Nothing is open, and nothing stands on a single word that is still being sampled. */
const finishes = `${mayFinish} AND ${allDecided} AND ${toClose} = 0 AND NOT ${undoing}`

export const updateJobs = `
  UPDATE "Job" job SET "unitsOpen" = job."unitsOpen" + r.open, "unitsAccepted" = job."unitsAccepted" + r.accepted,
    "unitsSealed" = job."unitsSealed" + r.sealed, "unitsFailed" = job."unitsFailed" + r.failed,
    "unitsCancelled" = job."unitsCancelled" + r.cancelled, "unitsHalf" = job."unitsHalf" + r.half,
    "unitsDisputed" = job."unitsDisputed" + r.disputed, inputs = job.inputs + r.inputs,
    "failedInputs" = job."failedInputs" + r."failedInputs", leases = job.leases + r.leases,
    "unitsAlone" = job."unitsAlone" + r.alone, "unitsToRecheck" = job."unitsToRecheck" + r.recheck, audits = job.audits + r.audits,
    wasted = job.wasted + r.wasted, "closingSince" = CASE
      WHEN ${allDecided} AND (${toClose} > 0 OR (job.state IN ('running', 'paused') AND ${undoing})) THEN coalesce(job."closingSince", r.now) END,
    "measuredUnits" = least(job."measuredUnits" + r.measured, 64),
    "unitSeconds" = CASE WHEN r.measured = 0 THEN job."unitSeconds"
      ELSE job."unitSeconds" + (r.seconds - job."unitSeconds") * r.measured / (least(job."measuredUnits", 64) + r.measured) END,
    "eventCount" = job."eventCount" + r.events, "inputsComplete" = greatest(job."inputsComplete", r.complete),
    state = CASE WHEN r.state IS NOT NULL THEN r.state WHEN ${finishes} THEN 'finished'
      WHEN job.state = 'finished' AND r.open > 0 THEN 'running' ELSE job.state END,
    reason = CASE WHEN r.state IS NOT NULL THEN r.reason ELSE job.reason END,
    "finishedAt" = CASE WHEN r.state IN ('finished', 'failed', 'cancelled', 'rejected') OR (${finishes}) THEN r.now
      WHEN r.open > 0 THEN NULL ELSE job."finishedAt" END
  FROM (${delta}) r WHERE job.id = r.id
  RETURNING job.id, job.uid, job."ownerId", job.priority, job.requirement, job.state, job."unitsOpen", job."unitsHalf",
    job."unitsDisputed", job."unitSeconds", job."timeoutSeconds", job."eventCount", job."unitsAlone",
    job."unitsToRecheck", (job."closingSince" IS NOT NULL)::int AS closing, job."sameEngine", job."engineClass",
    job.pilot, job.isolation`

export const insertEvents = `
  INSERT INTO "Event" ("createdAt", "jobId", n, kind, "unitId", "unitKey", "leaseRow", output, error, confidence, holders, seconds)
  SELECT $1::bigint, (r->>0)::int, (r->>1)::bigint, r->>2, (r->>3)::bigint, r->>4, (r->>5)::bigint, decode(r->>6, 'hex'), r->>7, (r->>8)::float8, (r->>9)::int, (r->>10)::float8
  FROM jsonb_array_elements($2::jsonb) r`
