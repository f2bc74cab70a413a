/** Leases: issuing, finding by id, recording. */

export const keepPastLeases = `
  INSERT OR IGNORE INTO PastLease (id, row, deviceId)
  SELECT l.id, l.row, l.deviceId FROM json_each(?) r CROSS JOIN Lease l ON l.unitId = r.value->>0 AND l.holder = r.value->>1`

export const insertLeases = `
  INSERT INTO Lease (state, attempt, errors, issuedAt, id, unitId, jobId, holder, deviceId, deadline, trustId, kind,
    network, sameNetwork)
  SELECT 'issued', 1, 0, ?, unhex(value->>0), value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7,
    value->>8, value->>9
  FROM json_each(?) WHERE true
  ON CONFLICT (unitId, holder) DO UPDATE SET id = excluded.id, deviceId = excluded.deviceId, state = 'issued', attempt = attempt + 1,
    trustId = excluded.trustId, kind = excluded.kind, issuedAt = excluded.issuedAt, deadline = excluded.deadline, endedAt = NULL, note = NULL,
    network = excluded.network, sameNetwork = excluded.sameNetwork`

export const leaseRows = `
  SELECT json_group_array(json_array(r.value, l.row, l.unitId, l.deviceId, l.issuedAt)) AS j FROM json_each(?) r CROSS JOIN Lease l ON l.id = unhex(r.value)`

export const pastLeaseRows = `
  SELECT json_group_array(json_array(r.value, l.row, l.unitId, p.deviceId)) AS j
  FROM json_each(?) r CROSS JOIN PastLease p ON p.id = unhex(r.value) CROSS JOIN Lease l ON l.row = p.row`

export const pastLeases = `
  SELECT json_group_array(json_array(lower(hex(p.id)), p.deviceId)) AS j FROM json_each(?) r CROSS JOIN PastLease p ON p.row = r.value`

export const updateLeases = `
  UPDATE Lease SET state = r.state, output = coalesce(unhex(r.output), Lease.output), errors = r.errors,
    endedAt = coalesce(r.endedAt, Lease.endedAt), note = coalesce(r.note, Lease.note),
    deadline = CASE WHEN r.state = 'checking' THEN coalesce(r.endedAt, Lease.deadline) ELSE Lease.deadline END,
    epoch = r.epoch, checks = r.checks, checked = r.flags & 1, votes = r.flags >> 1 & 1, verified = r.flags >> 2 & 1
  FROM (SELECT value->>0 AS row, value->>1 AS state, value->>2 AS output, value->>3 AS errors, value->>4 AS endedAt, value->>5 AS note,
          value->>6 AS epoch, value->>7 AS checks, value->>8 AS flags FROM json_each(?)) r
  WHERE Lease.row = r.row`

export const markReused = `UPDATE Lease SET isolated = 0 WHERE row IN (SELECT value FROM json_each(?))`

export const writeTraces = `
  INSERT INTO Trace (leaseRow, console, stack) SELECT value->>0, unhex(value->>1), unhex(value->>2) FROM json_each(?) WHERE true
  ON CONFLICT (leaseRow) DO UPDATE SET console = excluded.console, stack = excluded.stack`

/** The state stands as a literal, else the partial index cannot be used. */
export const leasesDue = `
  SELECT json_group_array(id) AS j FROM (
    SELECT lower(hex(id)) AS id FROM Lease WHERE state = 'issued' AND deadline < ? ORDER BY deadline LIMIT ?)`

export const leasesOfDevice = `
  SELECT json_group_array(id) AS j FROM (
    SELECT lower(hex(id)) AS id FROM Lease WHERE state = 'issued' AND deviceId = ? ORDER BY row LIMIT ?)`

/** As above; the deadline of a lease that waits for `verify` says until when somebody has claimed it. */
export const checksDue = `
  SELECT json_group_array(json_array(l.row, lower(hex(l.id)), u.key, u.state, lower(hex(u.input)), lower(hex(l.output)))) AS j FROM (
    SELECT * FROM Lease WHERE state = 'checking' AND jobId = ? AND deadline <= ? ORDER BY deadline LIMIT ?) l
  CROSS JOIN WorkUnit u ON u.id = l.unitId`

export const claimChecks = `UPDATE Lease SET deadline = ? WHERE row IN (SELECT value FROM json_each(?))`

/** The index of jobs by state, then of what waits by job. */
export const jobsToCheck = `
  SELECT json_group_array(uid) AS j FROM (
    SELECT uid FROM Job j WHERE state = 'running' AND verify IS NOT NULL AND unitsOpen > 0
      AND EXISTS (SELECT 1 FROM Lease l WHERE l.state = 'checking' AND l.jobId = j.id AND l.deadline <= ?)
    ORDER BY id LIMIT ?)`

/** The index of jobs by state, then of what was thrown away by job. */
export const refusedInDoubt = `
  SELECT json_group_array(id) AS j FROM (
    SELECT lower(hex(l.id)) AS id FROM Job j CROSS JOIN Lease l ON l.jobId = j.id AND l.state = 'voided'
    WHERE j.state = 'paused' AND j.reason LIKE 'verify-contradicted%' AND (l.note LIKE 'verify: %' OR l.note LIKE 'reject: %') LIMIT ?)`
