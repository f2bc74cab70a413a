/** Forgetting: jobs first, then what belonged to them. */

/** The plus keeps the planner from sorting all jobs of a state. */
export const overJobs = `
  SELECT json_group_array(id) AS j FROM (
    SELECT id FROM Job WHERE finishedAt < ? AND +state IN ('finished', 'failed', 'cancelled', 'rejected') AND unitsOpen = 0
    ORDER BY finishedAt LIMIT ?)`

export const abandonedJobs = `
  SELECT json_group_array(uid) AS j FROM (
    SELECT uid FROM Job j WHERE state = 'running' AND inputsComplete = 0 AND unitsOpen = 0 AND createdAt < ?
      AND NOT EXISTS (SELECT 1 FROM Event e WHERE e.jobId = j.id AND e.n = j.eventCount AND e.createdAt >= ?)
    ORDER BY id LIMIT ?)`

export const rememberForgotten = `
  INSERT INTO ForgottenJob (jobId, events, unitKey) SELECT j.id, j.eventCount, '' FROM json_each(?) r CROSS JOIN Job j ON j.id = r.value`

export const freeBundles = `
  WITH j AS (SELECT j.id, j.bundle, j.verify FROM json_each(?) r CROSS JOIN Job j ON j.id = r.value)
  INSERT INTO FreedPayload (jobId, sha256) SELECT id, bundle FROM j UNION SELECT id, verify FROM j WHERE verify IS NOT NULL`

export const freeFiles = `DELETE FROM JobFile WHERE jobId IN (SELECT value FROM json_each(?))`

export const deleteJobs = `DELETE FROM Job WHERE id IN (SELECT value FROM json_each(?))`

export const forgottenJob = `
  SELECT json_group_array(json_array(jobId, events, unitKey)) AS j FROM (SELECT * FROM ForgottenJob ORDER BY jobId LIMIT 1)`

export const advanceForgotten = `UPDATE ForgottenJob SET events = ?, unitKey = ? WHERE jobId = ?`

export const endForgotten = `DELETE FROM ForgottenJob WHERE jobId = ?`

export const freeEventOutputs = `
  INSERT OR IGNORE INTO FreedPayload (jobId, sha256)
  SELECT jobId, substr(output, 2) FROM Event WHERE jobId = ? AND n > ? AND output >= x'01'`

export const deleteEvents = `DELETE FROM Event WHERE jobId = ? AND n > ?`

export const forgottenUnits = `
  SELECT json_group_array(json_array(id, key, copies)) AS j FROM (
    SELECT id, key, copies FROM WorkUnit WHERE jobId = ? AND key >= ? ORDER BY key LIMIT ?)`

export const freeInputs = `
  INSERT OR IGNORE INTO FreedPayload (jobId, sha256)
  SELECT u.jobId, substr(u.input, 2) FROM json_each(?) r CROSS JOIN WorkUnit u ON u.id = r.value WHERE u.input >= x'01'`

export const freeOutputs = `
  INSERT OR IGNORE INTO FreedPayload (jobId, sha256)
  SELECT l.jobId, substr(l.output, 2) FROM json_each(?) r CROSS JOIN Lease l ON l.unitId = r.value WHERE l.output >= x'01'`

export const deleteTraces = `
  DELETE FROM Trace WHERE leaseRow IN (SELECT l.row FROM json_each(?) r CROSS JOIN Lease l ON l.unitId = r.value)`

export const deletePastLeases = `
  DELETE FROM PastLease WHERE row IN (SELECT l.row FROM json_each(?) r CROSS JOIN Lease l ON l.unitId = r.value)`

export const deleteLeases = `DELETE FROM Lease WHERE unitId IN (SELECT value FROM json_each(?))`

export const deleteUnits = `DELETE FROM WorkUnit WHERE id IN (SELECT value FROM json_each(?))`

export const freedPayloads = `
  SELECT json_group_array(json_array(lower(hex(f.sha256)), coalesce(p.size, -1))) AS j FROM (
    SELECT sha256 FROM FreedPayload WHERE jobId = ? ORDER BY sha256 LIMIT ?) f LEFT JOIN Payload p ON p.sha256 = f.sha256`

export const deletePayloads = `
  DELETE FROM Payload WHERE sha256 IN (
    SELECT unhex(r.value) FROM json_each(?) r
    WHERE NOT EXISTS (SELECT 1 FROM Job j WHERE j.bundle = unhex(r.value))
      AND NOT EXISTS (SELECT 1 FROM Job j WHERE j.verify = unhex(r.value))
      AND NOT EXISTS (SELECT 1 FROM WorkUnit u WHERE u.input >= x'01' AND u.input = unhex('01' || r.value))
      AND NOT EXISTS (SELECT 1 FROM Lease l WHERE l.output >= x'01' AND l.output = unhex('01' || r.value))
      AND NOT EXISTS (SELECT 1 FROM Event e WHERE e.output >= x'01' AND e.output = unhex('01' || r.value)))`

export const deleteFreed = `DELETE FROM FreedPayload WHERE jobId = ? AND sha256 IN (SELECT unhex(value) FROM json_each(?))`
