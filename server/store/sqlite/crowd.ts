/** Who may have units, and which of them are late. */

export const pinEngineClass = `UPDATE Job SET engineClass = ? WHERE id = ? AND engineClass IS NULL`

export const takeOverPin = `
  UPDATE Job SET engineClass = ? WHERE id = ? AND engineClass = ? AND sameEngine = 1 AND measuredUnits = 0 AND eventCount = 0
    AND NOT EXISTS (SELECT 1 FROM Lease l WHERE l.jobId = Job.id AND l.state = 'issued')`

export const engineClassOfJob = `SELECT json_quote(engineClass) AS j FROM Job WHERE id = ?`

export const takeOverTrust = `
  UPDATE Trust SET engineClass = ? WHERE id = (
    SELECT t.id FROM Trust t WHERE t.deviceId = ? AND t.checks = 0 AND t.strikes = 0 AND t.suspect = 0
      AND NOT EXISTS (SELECT 1 FROM (SELECT state FROM Lease WHERE trustId = t.id ORDER BY row DESC LIMIT ?) WHERE state IN ('issued', 'checking', 'pending'))
    ORDER BY t.id LIMIT 1)`

export const paces = `
  SELECT json_group_array(json_array(d.id, j.id, d.speed, j.unitSeconds)) AS j
  FROM json_each(?) r CROSS JOIN Device d ON d.id = r.value->>0 CROSS JOIN Job j ON j.id = r.value->>1`
