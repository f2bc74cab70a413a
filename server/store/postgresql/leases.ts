/** Leases: issuing, finding by id, recording. */

export const keepPastLeases = `
  INSERT INTO "PastLease" (id, "row", "deviceId")
  SELECT l.id, l."row", l."deviceId" FROM jsonb_array_elements($1::jsonb) r JOIN "Lease" l ON l."unitId" = (r->>0)::bigint AND l.holder = r->>1
  ON CONFLICT DO NOTHING`

export const insertLeases = `
  INSERT INTO "Lease" AS l (state, attempt, errors, "issuedAt", id, "unitId", "jobId", holder, "deviceId", deadline, "trustId", kind,
    network, "sameNetwork")
  SELECT 'issued', 1, 0, $1::bigint, decode(r->>0, 'hex'), (r->>1)::bigint, (r->>2)::int, r->>3, (r->>4)::int, (r->>5)::bigint, (r->>6)::int, r->>7,
    r->>8, (r->>9)::int
  FROM jsonb_array_elements($2::jsonb) r
  ON CONFLICT ("unitId", holder) DO UPDATE SET id = excluded.id, "deviceId" = excluded."deviceId", state = 'issued',
    attempt = l.attempt + 1, "trustId" = excluded."trustId", kind = excluded.kind, "issuedAt" = excluded."issuedAt", deadline = excluded.deadline, "endedAt" = NULL, note = NULL,
    network = excluded.network, "sameNetwork" = excluded."sameNetwork"`

export const leaseRows = `
  SELECT coalesce(json_agg(json_build_array(r, l."row", l."unitId", l."deviceId", l."issuedAt")), '[]')::text AS j
  FROM jsonb_array_elements_text($1::jsonb) r JOIN "Lease" l ON l.id = decode(r, 'hex')`

export const pastLeaseRows = `
  SELECT coalesce(json_agg(json_build_array(r, l."row", l."unitId", p."deviceId")), '[]')::text AS j
  FROM jsonb_array_elements_text($1::jsonb) r JOIN "PastLease" p ON p.id = decode(r, 'hex') JOIN "Lease" l ON l."row" = p."row"`

export const pastLeases = `
  SELECT coalesce(json_agg(json_build_array(encode(p.id, 'hex'), p."deviceId")), '[]')::text AS j
  FROM jsonb_array_elements_text($1::jsonb) r JOIN "PastLease" p ON p."row" = r::bigint`

export const updateLeases = `
  UPDATE "Lease" l SET state = r->>1, output = coalesce(decode(r->>2, 'hex'), l.output), errors = (r->>3)::int,
    "endedAt" = coalesce((r->>4)::bigint, l."endedAt"), note = coalesce(r->>5, l.note),
    deadline = CASE WHEN r->>1 = 'checking' THEN coalesce((r->>4)::bigint, l.deadline) ELSE l.deadline END,
    epoch = (r->>6)::int, checks = (r->>7)::int, checked = (r->>8)::int & 1, votes = (r->>8)::int >> 1 & 1, verified = (r->>8)::int >> 2 & 1
  FROM jsonb_array_elements($1::jsonb) r WHERE l."row" = (r->>0)::bigint`

export const markReused = `UPDATE "Lease" SET isolated = 0 WHERE "row" IN (SELECT r::bigint FROM jsonb_array_elements_text($1::jsonb) r)`

export const writeTraces = `
  INSERT INTO "Trace" ("leaseRow", console, stack)
  SELECT DISTINCT ON (r->>0) (r->>0)::bigint, decode(r->>1, 'hex'), decode(r->>2, 'hex') FROM jsonb_array_elements($1::jsonb) r
  ON CONFLICT ("leaseRow") DO UPDATE SET console = excluded.console, stack = excluded.stack`

/** The state stands as a literal, else the partial index cannot be used. */
export const leasesDue = `
  SELECT coalesce(json_agg(id), '[]')::text AS j FROM (
    SELECT encode(id, 'hex') AS id FROM "Lease" WHERE state = 'issued' AND deadline < $1::bigint ORDER BY deadline LIMIT $2) k`

export const leasesOfDevice = `
  SELECT coalesce(json_agg(id), '[]')::text AS j FROM (
    SELECT encode(id, 'hex') AS id FROM "Lease" WHERE state = 'issued' AND "deviceId" = $1 ORDER BY "row" LIMIT $2) k`

/** As above; the deadline of a lease that waits for `verify` says until when somebody has claimed it. */
export const checksDue = `
  WITH l AS MATERIALIZED (
    SELECT * FROM "Lease" WHERE state = 'checking' AND "jobId" = $1 AND deadline <= $2::bigint ORDER BY deadline LIMIT $3 FOR UPDATE SKIP LOCKED)
  SELECT coalesce(json_agg(json_build_array(l."row", encode(l.id, 'hex'), u."key", u.state, encode(u.input, 'hex'), encode(l.output, 'hex'))
    ORDER BY l.deadline), '[]')::text AS j
  FROM l JOIN "WorkUnit" u ON u.id = l."unitId"`

export const claimChecks = `
  UPDATE "Lease" SET deadline = $1::bigint WHERE "row" IN (SELECT r::bigint FROM jsonb_array_elements_text($2::jsonb) r)`

/** The index of jobs by state, then of what waits by job. */
export const jobsToCheck = `
  SELECT coalesce(json_agg(uid), '[]')::text AS j FROM (
    SELECT uid FROM "Job" j WHERE state = 'running' AND verify IS NOT NULL AND "unitsOpen" > 0
      AND EXISTS (SELECT 1 FROM "Lease" l WHERE l.state = 'checking' AND l."jobId" = j.id AND l.deadline <= $1::bigint)
    ORDER BY id LIMIT $2) k`

/** The index of jobs by state, then of what was thrown away by job. */
export const refusedInDoubt = `
  SELECT coalesce(json_agg(id), '[]')::text AS j FROM (
    SELECT encode(l.id, 'hex') AS id FROM "Job" j JOIN "Lease" l ON l."jobId" = j.id AND l.state = 'voided'
    WHERE j.state = 'paused' AND j.reason LIKE 'verify-contradicted%' AND (l.note LIKE 'verify: %' OR l.note LIKE 'reject: %') LIMIT $1) k`
