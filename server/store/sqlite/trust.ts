/** Trust: what devices earned, strikes, single words, and units that are computed once more. */
import { MOST_OF_ENGINE } from '../../core/exemption.ts'

export const trusts = `
  SELECT json_group_array(json_array(t.id, t.deviceId, t.engineClass, t.checks, t.strikes, t.checked, t.returned, t.epoch, t.suspect, t.auditsPassed,
    d.accountId IS NULL)) AS j
  FROM json_each(?) r CROSS JOIN Trust t ON t.id = r.value CROSS JOIN Device d ON d.id = t.deviceId`
export const trustsToChange = trusts

export const updateTrusts = `
  UPDATE Trust SET checks = r.checks, strikes = r.strikes, checked = r.checked, returned = r.returned, epoch = r.epoch, suspect = r.suspect,
    auditsPassed = r.auditsPassed
  FROM (SELECT value->>0 AS id, value->>1 AS checks, value->>2 AS strikes, value->>3 AS checked, value->>4 AS returned, value->>5 AS epoch,
          value->>6 AS suspect, value->>7 AS auditsPassed FROM json_each(?)) r
  WHERE Trust.id = r.id`

export const updateDeviceStates = `
  UPDATE Device SET state = r.state FROM (SELECT value->>0 AS id, value->>1 AS state FROM json_each(?)) r
  WHERE Device.id = r.id AND Device.state <> 'banned'`

/** The plus keeps the planner from walking the strikes of all devices in the job. */
const isFollowed = `
  (SELECT count(*) < ${MOST_OF_ENGINE} AND count(o.undoneRow) = 0 FROM (
    SELECT undoneRow FROM Strike WHERE trustId = value->>0 AND +jobId = value->>2 AND reverted = 2 LIMIT ${MOST_OF_ENGINE}) o)`
export const insertStrikes = `
  INSERT INTO Strike (createdAt, undoneRow, reverted, trustId, deviceId, jobId, unitId, leaseRow, epoch, checksBefore, suspectBefore, output, accepted)
  SELECT ?, CASE WHEN value->>10 IS NULL THEN NULL WHEN value->>11 <> 2 OR ${isFollowed} THEN value->>10 END, value->>11, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, unhex(value->>8), unhex(value->>9)
  FROM json_each(?)
  RETURNING undoneRow`

const later = `(SELECT count(*) FROM Strike o WHERE o.trustId = s.trustId AND o.id > s.id AND o.reverted = 0)`
const reversal = `json_array(s.id, s.trustId, s.checksBefore, s.suspectBefore, ${later})`

export const strikesToRevert = `
  SELECT json_group_array(${reversal}) AS j
  FROM json_each(?) r CROSS JOIN Lease l ON l.row = r.value CROSS JOIN Strike s ON s.unitId = l.unitId AND s.leaseRow = l.row
  WHERE s.reverted = 0`

export const strikesInDoubt = `
  SELECT json_group_array(${reversal}) AS j FROM (
    SELECT s.* FROM Job j CROSS JOIN Strike s ON s.jobId = j.id
    WHERE j.state = 'paused' AND (j.reason LIKE 'non-deterministic:%' OR j.reason LIKE 'verify-contradicted:%') AND s.reverted = 0
    ORDER BY s.id DESC LIMIT ?) s`

export const revertStrikes = `UPDATE Strike SET reverted = 1 WHERE id IN (SELECT value FROM json_each(?)) AND reverted = 0 RETURNING id`

export const bannedInDoubt = `
  SELECT json_group_array(json_array(uid, trustId)) AS j FROM (
    SELECT d.uid, t.id AS trustId FROM Device d JOIN Trust t ON t.deviceId = d.id
    WHERE d.state = 'banned' AND d.banReason = ? AND EXISTS (SELECT 1 FROM Strike s WHERE s.deviceId = d.id AND s.reverted = 1)
    ORDER BY d.id LIMIT ?)`

export const strikingJobs = `
  SELECT json_group_array(json_array(trustId, jobId, standing, ofEngine)) AS j FROM (
    SELECT s.trustId, s.jobId, sum(s.reverted = 0) AS standing, sum(s.reverted = 2) AS ofEngine
    FROM json_each(?) r CROSS JOIN Strike s ON s.trustId = r.value WHERE s.reverted <> 1 GROUP BY s.trustId, s.jobId)`

export const strikers = `
  SELECT count(DISTINCT CASE WHEN a.role = 'admin' THEN 'job ' || s.jobId ELSE 'account ' || coalesce(j.ownerId, 0) END) AS j
  FROM Strike s LEFT JOIN Job j ON j.id = s.jobId LEFT JOIN Account a ON a.id = j.ownerId WHERE s.trustId = ? AND s.reverted = 0`

/** What no number of checks reaches: the word is decided by copies. */
const HELD = 2147483647
export const recheckWords = `
  INSERT OR IGNORE INTO Recheck (unitId, jobId, trustId, kind, strikeId, dueAt)
  SELECT w.unitId, w.jobId, w.trustId, 'sample', NULL, ? FROM SingleWord w WHERE w.jobId = ? AND w.trustId = ? LIMIT 5000`

export const holdWords = `UPDATE SingleWord SET sealAt = ${HELD}, sampled = 1 WHERE jobId = ? AND trustId = ?`

export const holdOfDiffering = `
  UPDATE SingleWord SET sealAt = ${HELD}, sampled = 1
  WHERE jobId = ? AND sealAt < ${HELD} AND trustId IN (SELECT s.trustId FROM Strike s WHERE s.jobId = ? AND s.reverted = 2)`

export const openStrikes = `
  SELECT json_group_array(json_array(s.id, s.trustId, s.deviceId, s.epoch, s.undoneRow, d.uid, s.jobId, s.reverted)) AS j FROM (
    SELECT * FROM Strike WHERE undoneRow IS NOT NULL ORDER BY id LIMIT ?) s JOIN Device d ON d.id = s.deviceId`

export const advanceStrike = `UPDATE Strike SET undoneRow = ?, alone = alone + ? WHERE id = ?`

export const struckLeases = `
  SELECT json_group_array(json_array(row, id, unitId, state, jobState, jobId, isRechecked)) AS j FROM (
    SELECT l.row, lower(hex(l.id)) AS id, l.unitId, l.state, l.jobId, j.targetError IS NOT NULL AND j.verify IS NULL AS isRechecked,
      CASE WHEN j.state <> 'finished' OR j.targetError IS NOT NULL THEN j.state END AS jobState FROM Lease l LEFT JOIN Job j ON j.id = l.jobId
    WHERE l.trustId = ? AND l.row > ? AND (l.epoch <= ? OR l.state = 'issued') ORDER BY l.row LIMIT ?)`

export const putSingleWords = `
  INSERT INTO SingleWord (sampled, unitId, jobId, trustId, sealAt) SELECT 0, value->>0, value->>1, value->>2, value->>3 FROM json_each(?) WHERE true
  ON CONFLICT (unitId) DO NOTHING`

export const deleteSingleWords = `DELETE FROM SingleWord WHERE unitId IN (SELECT value FROM json_each(?))`

/** The plus keeps the planner from walking all leases of the author for each of its units. */
export const provenWords = `
  SELECT json_group_array(json_array(unitId, jobId, key, row, output, checks, anonymous)) AS j FROM (
    SELECT s.unitId, s.jobId, u.key, l.row, lower(hex(l.output)) AS output, t.checks, d.accountId IS NULL AS anonymous
    FROM json_each(?) r CROSS JOIN Trust t ON t.id = r.value CROSS JOIN Device d ON d.id = t.deviceId
      CROSS JOIN SingleWord s ON s.trustId = t.id AND s.sealAt <= t.checks CROSS JOIN WorkUnit u ON u.id = s.unitId
      CROSS JOIN Lease l ON l.unitId = u.id AND +l.trustId = t.id
    WHERE t.suspect = 0 AND u.state = 'accepted' AND l.state = 'agreed' AND l.epoch = t.epoch LIMIT ?)`
export const lockProven = null

export const sealUnits = `UPDATE WorkUnit SET state = 'sealed' WHERE id IN (SELECT value FROM json_each(?))`

export const authorsWaiting = `SELECT json_group_array(trustId) AS j FROM (SELECT DISTINCT trustId FROM SingleWord WHERE trustId > ? ORDER BY trustId LIMIT ?)`

/** Closing is said of the job again: a sample that differed may have re-opened its unit meanwhile. */
const isClosing = (job: string): string => `EXISTS (SELECT 1 FROM Job j WHERE j.id = ${job} AND j.closingSince IS NOT NULL)`

export const wordsToDraw = `
  SELECT json_group_array(json_array(unitId, trustId, held)) AS j FROM (
    SELECT w.unitId, w.trustId, w.sealAt = ${HELD} AS held FROM SingleWord w
    WHERE w.jobId = ? AND (w.sampled = 0 OR (w.sealAt = ${HELD} AND NOT EXISTS (SELECT 1 FROM Recheck r WHERE r.unitId = w.unitId)))
      AND ${isClosing('w.jobId')} ORDER BY w.trustId LIMIT ?)`

export const markDrawn = `UPDATE SingleWord SET sampled = 1 WHERE unitId IN (SELECT value FROM json_each(?))`

export const sampledWords = `
  SELECT json_group_array(unitId) AS j FROM (
    SELECT s.unitId FROM SingleWord s WHERE s.jobId = ? AND s.sampled = 1 AND s.sealAt < ${HELD} AND ${isClosing('s.jobId')}
      AND NOT EXISTS (SELECT 1 FROM Recheck r WHERE r.jobId = s.jobId AND r.trustId = s.trustId AND r.kind = 'sample') LIMIT ?)`

export const insertRechecks = `
  INSERT OR IGNORE INTO Recheck (unitId, jobId, trustId, kind, strikeId, dueAt)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(?)
  RETURNING unitId`

export const moveRechecks = `UPDATE Recheck SET dueAt = ? WHERE unitId IN (SELECT value FROM json_each(?))`

export const deleteRechecks = `DELETE FROM Recheck WHERE unitId IN (SELECT value FROM json_each(?)) RETURNING unitId, jobId, strikeId, dueAt`

export const strikeRechecks = `
  SELECT json_group_array(json_array(unitId, jobId)) AS j FROM (SELECT unitId, jobId FROM Recheck WHERE trustId = ? AND strikeId = ? AND dueAt = ?)`

export const activeRechecks = `SELECT count(*) AS j FROM Recheck WHERE trustId = ? AND strikeId = ? AND dueAt < ?`

export const countDiffering = `UPDATE Strike SET differing = differing + 1 WHERE id = ?`
export const strikeById = `SELECT trustId, differing FROM Strike WHERE id = ?`

const former = `(SELECT json_group_array(json_array(l.holder, l.state, l.votes, l.network, l.deviceId)) FROM Lease l WHERE l.unitId = u.id)`
const candidate = `json_array(u.id, u.key, lower(hex(u.input)), u.inputs, json(${former}))`

export const unitsToRecheck = `
  SELECT json_group_array(json_array(kind, dueAt, json(unit))) AS j FROM (
    SELECT c.kind, c.dueAt, ${candidate} AS unit FROM Recheck c CROSS JOIN WorkUnit u ON u.id = c.unitId
    WHERE c.jobId = ? AND c.dueAt <= ? AND u.state IN ('accepted', 'sealed') ORDER BY c.dueAt LIMIT ?)`

export const auditCandidates = `
  SELECT json_group_array(json(unit)) AS j FROM (
    SELECT DISTINCT ${candidate} AS unit FROM json_each(?) r CROSS JOIN Event e ON e.jobId = ? AND e.n = r.value CROSS JOIN WorkUnit u ON u.id = e.unitId
    WHERE u.state IN ('accepted', 'sealed'))`

export const putReviews = `INSERT OR IGNORE INTO Review (unitId) SELECT value FROM json_each(?)`
export const reviews = `SELECT json_group_array(unitId) AS j FROM (SELECT unitId FROM Review ORDER BY unitId LIMIT ?)`
export const deleteReviews = `DELETE FROM Review WHERE unitId IN (SELECT value FROM json_each(?))`

export const pendingUnits = `
  SELECT json_group_array(unitId) AS j FROM (
    SELECT DISTINCT unitId FROM (SELECT unitId, state FROM Lease WHERE trustId = ? ORDER BY row DESC LIMIT ?) WHERE state = 'pending' ORDER BY unitId)`

export const pinEngine = `
  UPDATE Job SET engineSensitive = 1, sameEngine = 1, engineClass = coalesce(engineClass, ?) WHERE id = ? AND engineClass IS NULL`
export const excusedLeases = `
  SELECT json_group_array(row) AS j FROM (
    SELECT l.row, coalesce((SELECT j.engineClass <> t.engineClass FROM Job j WHERE j.id = l.jobId AND j.engineSensitive = 1),
      EXISTS (SELECT 1 FROM Strike s WHERE s.trustId = l.trustId AND s.jobId = l.jobId AND s.reverted = 2 AND s.createdAt >= l.endedAt)) AS excused
    FROM json_each(?) r CROSS JOIN Lease l ON l.unitId = r.value CROSS JOIN Trust t ON t.id = l.trustId WHERE l.state = 'agreed') WHERE excused`
export const undoExcuses = `
  UPDATE Strike SET undoneRow = 0 WHERE id IN (
    SELECT min(s.id) FROM Strike s JOIN Trust t ON t.id = s.trustId
    WHERE s.jobId = ? AND s.reverted = 2 AND t.engineClass <> ? GROUP BY s.trustId HAVING count(s.undoneRow) = 0)`
export const markSensitive = `UPDATE Job SET engineSensitive = 1 WHERE id = ? AND engineSensitive = 0`

export const endSharing = `UPDATE Job SET isolation = 'unit' WHERE id IN (SELECT value FROM json_each(?))`

export const reviewHalf = `
  INSERT OR IGNORE INTO Review (unitId) SELECT u.id FROM Job j CROSS JOIN WorkUnit u ON u.jobId = j.id AND u.requirement = j.requirement
  WHERE j.id = ? AND u.state = 'open' AND u.live > 0 AND u.live < u.wanted`

const stands = `l.state IN ('pending', 'agreed', 'disagreed')`
const goesOn = `j.state IN ('running', 'paused', 'finished')`
export const trustsOfDevice = `SELECT json_group_array(id) AS j FROM Trust WHERE deviceId = ?`
export const answersOfTrust = `
  SELECT json_group_array(json_array(row, id)) AS j FROM (
    SELECT l.row, lower(hex(l.id)) AS id FROM Lease l JOIN Job j ON j.id = l.jobId
    WHERE l.trustId = ? AND l.deviceId = ? AND l.row > ? AND l.endedAt >= ? AND ${stands} AND ${goesOn} ORDER BY l.row LIMIT ?)`
export const jobsOfBundle = `
  SELECT json_group_array(id) AS j FROM (SELECT id FROM Job j WHERE bundle = unhex(?) AND id >= ? AND ${goesOn} ORDER BY id LIMIT 2)`
export const answersOfUnits = `
  SELECT json_group_array(json_array(key, id)) AS j FROM (
    SELECT u.key, nullif(lower(hex(l.id)), '') AS id FROM (SELECT id, key FROM WorkUnit WHERE jobId = ? AND key > ? ORDER BY key LIMIT ?) u
    LEFT JOIN Lease l ON l.unitId = u.id AND l.endedAt >= ? AND ${stands} ORDER BY u.key, l.row)`

export const undoneJobs = `
  SELECT json_group_array(id) AS j FROM (
    SELECT id FROM Job WHERE closingSince IS NOT NULL AND +state IN ('running', 'paused') AND unitsAlone = 0 AND unitsToRecheck = 0 ORDER BY id LIMIT ?)`

export const closingJobs = `
  SELECT json_group_array(json_array(id, closingSince)) AS j FROM (
    SELECT id, closingSince FROM Job WHERE closingSince IS NOT NULL AND state = 'running' ORDER BY id LIMIT ?)`

export const unsealedJobs = `
  SELECT json_group_array(id) AS j FROM (
    SELECT id FROM Job WHERE closingSince IS NOT NULL AND +state = 'finished' AND id > ? ORDER BY id LIMIT ?)`
