/** The ledger of credit: what is to be compared, with what, and what is appended. */

export const creditTurn = null

export const insertCreditDue = `INSERT INTO CreditDue (unitId) SELECT value FROM json_each(?)`

export const creditDue = `
  SELECT json_group_array(json_array("row", unitId)) AS j FROM (SELECT "row", unitId FROM CreditDue ORDER BY "row" LIMIT ?)`

export const deleteCreditDue = `DELETE FROM CreditDue WHERE "row" IN (SELECT value FROM json_each(?))`

export const creditJobDue = `
  SELECT json_group_array(json_array(jobId, unitKey)) AS j FROM (SELECT jobId, unitKey FROM CreditJobDue ORDER BY jobId LIMIT 1)`

export const creditJobUnits = `
  SELECT json_group_array(json_array(id, key)) AS j FROM (SELECT id, key FROM WorkUnit WHERE jobId = ? AND key > ? ORDER BY key LIMIT ?)`

export const advanceCreditJob = `UPDATE CreditJobDue SET unitKey = ? WHERE jobId = ?`

export const endCreditJob = `DELETE FROM CreditJobDue WHERE jobId = ?`

export const insertCreditJobDue = `
  INSERT INTO CreditJobDue (jobId, unitKey) SELECT value, '' FROM json_each(?) WHERE true ON CONFLICT (jobId) DO UPDATE SET unitKey = ''`

const last = `(SELECT json_array(c.n, c.accountId, c.deviceId, c.teamId, c.kind, c.microcredits, c.grantedAt)
  FROM Credit c WHERE c.leaseRow = l."row" ORDER BY c.n DESC LIMIT 1)`

/** By the index of lease rows and numbers. */
export const creditUnits = `
  SELECT json_group_array(json_array(u.id, u.jobId, j.ownerId, u.inputs, u.state, j.creditPerInput, j.creditHold,
    json((SELECT json_group_array(json_array(l."row", l.state, l.holder, l.deviceId, d.accountId, json(${last})))
     FROM Lease l JOIN Device d ON d.id = l.deviceId WHERE l.unitId = u.id)))) AS j
  FROM json_each(?) r CROSS JOIN WorkUnit u ON u.id = r.value CROSS JOIN Job j ON j.id = u.jobId
  WHERE EXISTS (SELECT 1 FROM Lease l CROSS JOIN Credit c ON c.leaseRow = l."row" WHERE l.unitId = u.id)`

const account = `CASE WHEN substr(l.holder, 1, 2) = 'a:' THEN CAST(substr(l.holder, 3) AS INTEGER) END`
const isOwn = `(coalesce(${account} = j.ownerId, 0) OR coalesce(d.accountId = j.ownerId, 0))`

/** Most units come once, when they are sealed: so these need not be read and compared. */
export const grantFirst = `
  INSERT INTO Credit (createdAt, grantedAt, n, leaseRow, unitId, jobId, accountId, deviceId, teamId, kind, microcredits)
  SELECT k.now, k.now, 0, l."row", u.id, u.jobId, ${account}, l.deviceId,
    CASE WHEN NOT ${isOwn} THEN (SELECT teamId FROM Account WHERE id = ${account}) END, CASE WHEN ${isOwn} THEN 'own' ELSE 'listed' END,
    CAST(j.creditPerInput * u.inputs * 1000000 + 0.5 AS INTEGER)
  FROM (SELECT ? AS now) k CROSS JOIN json_each(?) r CROSS JOIN WorkUnit u ON u.id = r.value AND u.state = 'sealed'
  CROSS JOIN Job j ON j.id = u.jobId AND j.creditPerInput IS NOT NULL AND j.creditHold <> 1
  CROSS JOIN Lease l ON l.unitId = u.id AND l.state = 'agreed' CROSS JOIN Device d ON d.id = l.deviceId
  WHERE NOT EXISTS (SELECT 1 FROM Credit c WHERE c.leaseRow = l."row")`

export const lastCredit = `SELECT coalesce(max("row"), 0) AS j FROM Credit`

export const earningsAfter = `
  SELECT json_group_array(json_array(kind, accountId, deviceId, teamId, jobId, grantedAt, microcredits, results)) AS j FROM (
    SELECT kind, accountId, deviceId, teamId, jobId, grantedAt, sum(microcredits) AS microcredits, sum(1 - n % 2 * 2) AS results
    FROM Credit WHERE "row" > ? GROUP BY kind, accountId, deviceId, teamId, jobId, grantedAt)`

export const teamsOfAccounts = `
  SELECT json_group_array(json_array(a.id, a.teamId)) AS j FROM json_each(?) r CROSS JOIN Account a ON a.id = r.value`

export const insertCredits = `
  INSERT INTO Credit (createdAt, leaseRow, n, unitId, jobId, accountId, deviceId, teamId, kind, microcredits, grantedAt)
  SELECT ?, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, value->>9 FROM json_each(?)`

/** What was recent fades to now before it is added to. */
export const addCreditTotals = `
  INSERT INTO CreditTotal AS t (recentAt, kind, subject, microcredits, results, recent)
  SELECT e.now, value->>0, value->>1, value->>2, value->>3, value->>4 FROM (SELECT ? AS now) e CROSS JOIN json_each(?) WHERE true
  ON CONFLICT (kind, subject) DO UPDATE SET microcredits = t.microcredits + excluded.microcredits, results = t.results + excluded.results,
    recent = t.recent * exp(max(0, excluded.recentAt - t.recentAt) * -?) + excluded.recent, recentAt = max(t.recentAt, excluded.recentAt)`

const rates = `json_group_array(json_array(id, creditPerInput, inputs, units, unitSeconds, measuredUnits, creditHold)) AS j FROM (
  SELECT *, unitsOpen + unitsAccepted + unitsSealed + unitsFailed + unitsCancelled AS units FROM Job`
export const ratesDue = `SELECT ${rates} WHERE creditPerInput IS NOT NULL AND id IN (
  SELECT u.jobId FROM json_each(?) r CROSS JOIN WorkUnit u ON u.id = r.value UNION SELECT min(jobId) FROM CreditJobDue))`
export const ratesOfLast = `SELECT ${rates} WHERE creditPerInput IS NOT NULL ORDER BY id DESC LIMIT ?)`

export const holdJobs = `UPDATE Job SET creditHold = 1 WHERE creditHold = 0 AND id IN (SELECT value FROM json_each(?))`
export const releaseJob = `UPDATE Job SET creditHold = 2 WHERE creditHold = 1 AND id = ?`
export const priceJob = `UPDATE Job SET creditPerInput = ? WHERE id = ?`

export const givenToStrangers = `
  SELECT EXISTS (SELECT 1 FROM WorkUnit u JOIN Lease l ON l.unitId = u.id JOIN Device d ON d.id = l.deviceId
    WHERE u.jobId = ? AND NOT (? AND (d.own = 2 OR (d.own = 1 AND d.accountId = ?)))) AS j`

export const pricedJob = `SELECT cost, creditPerInput FROM Job WHERE id = ?`
