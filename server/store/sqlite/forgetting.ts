/** Forgetting: jobs first, then what belonged to them. */

/** The plus keeps the planner from sorting all jobs of a state. */
export const overJobs = `
  SELECT json_group_array(id) AS j FROM (
    SELECT id FROM Job WHERE finishedAt < ? AND +state IN ('finished', 'failed', 'cancelled', 'rejected') AND unitsOpen = 0
    ORDER BY finishedAt LIMIT ?)`

export const rememberForgotten = `
  INSERT INTO ForgottenJob (jobId, events, unitKey) SELECT j.id, j.eventCount, '' FROM json_each(?) r CROSS JOIN Job j ON j.id = r.value`

export const deleteJobs = `DELETE FROM Job WHERE id IN (SELECT value FROM json_each(?))`

export const forgottenJob = `
  SELECT json_group_array(json_array(jobId, events, unitKey)) AS j FROM (SELECT * FROM ForgottenJob ORDER BY jobId LIMIT 1)`

export const advanceForgotten = `UPDATE ForgottenJob SET events = ?, unitKey = ? WHERE jobId = ?`

export const endForgotten = `DELETE FROM ForgottenJob WHERE jobId = ?`

export const deleteEvents = `DELETE FROM Event WHERE jobId = ? AND n > ?`

export const forgottenUnits = `
  SELECT json_group_array(json_array(id, key, copies)) AS j FROM (
    SELECT id, key, copies FROM WorkUnit WHERE jobId = ? AND key >= ? ORDER BY key LIMIT ?)`

export const deletePastLeases = `
  DELETE FROM PastLease WHERE row IN (SELECT l.row FROM json_each(?) r CROSS JOIN Lease l ON l.unitId = r.value)`

export const deleteLeases = `DELETE FROM Lease WHERE unitId IN (SELECT value FROM json_each(?))`

export const deleteUnits = `DELETE FROM WorkUnit WHERE id IN (SELECT value FROM json_each(?))`
