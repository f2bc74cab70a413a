/** The ledger of credit: what is to be compared, with what, and what is appended. */

/** One sweep of all servers at a time: numbers of entries are then in the order of commits, and no two meet in a total. */
export const creditTurn = `SELECT CASE WHEN pg_try_advisory_xact_lock(7305811204) THEN '1' ELSE '0' END AS j`

export const insertCreditDue = `INSERT INTO "CreditDue" ("unitId") SELECT r::bigint FROM jsonb_array_elements_text($1::jsonb) r`

export const creditDue = `
  SELECT coalesce(json_agg(json_build_array("row", "unitId")), '[]')::text AS j FROM (
    SELECT "row", "unitId" FROM "CreditDue" ORDER BY "row" LIMIT $1) k`

export const deleteCreditDue = `
  DELETE FROM "CreditDue" WHERE "row" IN (SELECT r::bigint FROM jsonb_array_elements_text($1::jsonb) r)`

/** Locked: whoever changes the price or hold of the job meanwhile begins the walk anew after it. */
export const creditJobDue = `
  SELECT coalesce(json_agg(json_build_array("jobId", "unitKey")), '[]')::text AS j FROM (
    SELECT "jobId", "unitKey" FROM "CreditJobDue" ORDER BY "jobId" LIMIT 1 FOR UPDATE) k`

export const creditJobUnits = `
  SELECT coalesce(json_agg(json_build_array(id, "key") ORDER BY "key"), '[]')::text AS j FROM (
    SELECT id, "key" FROM "WorkUnit" WHERE "jobId" = $1 AND "key" > $2 ORDER BY "key" LIMIT $3) k`

export const advanceCreditJob = `UPDATE "CreditJobDue" SET "unitKey" = $1 WHERE "jobId" = $2`

export const endCreditJob = `DELETE FROM "CreditJobDue" WHERE "jobId" = $1`

export const insertCreditJobDue = `
  INSERT INTO "CreditJobDue" ("jobId", "unitKey") SELECT r::int, '' FROM jsonb_array_elements_text($1::jsonb) r
  ON CONFLICT ("jobId") DO UPDATE SET "unitKey" = ''`

const last = `(SELECT json_build_array(c.n, c."accountId", c."deviceId", c."teamId", c.kind, c.microcredits, c."grantedAt")
  FROM "Credit" c WHERE c."leaseRow" = l."row" ORDER BY c.n DESC LIMIT 1)`

/** By the index of lease rows and numbers. */
export const creditUnits = `
  SELECT coalesce(json_agg(json_build_array(u.id, u."jobId", j."ownerId", u.inputs, u.state, j."creditPerInput", j."creditHold",
    (SELECT json_agg(json_build_array(l."row", l.state, l.holder, l."deviceId", d."accountId", ${last}) ORDER BY l."row")
     FROM "Lease" l JOIN "Device" d ON d.id = l."deviceId" WHERE l."unitId" = u.id))), '[]')::text AS j
  FROM jsonb_array_elements_text($1::jsonb) r JOIN "WorkUnit" u ON u.id = r::bigint JOIN "Job" j ON j.id = u."jobId"
  WHERE EXISTS (SELECT 1 FROM "Lease" l JOIN "Credit" c ON c."leaseRow" = l."row" WHERE l."unitId" = u.id)`

const account = `(CASE WHEN left(l.holder, 2) = 'a:' THEN substr(l.holder, 3)::int END)`
const isOwn = `(coalesce(${account} = j."ownerId", false) OR coalesce(d."accountId" = j."ownerId", false))`

/** Most units come once, when they are sealed: so these need not be read and compared. */
export const grantFirst = `
  INSERT INTO "Credit" ("createdAt", "grantedAt", n, "leaseRow", "unitId", "jobId", "accountId", "deviceId", "teamId", kind, microcredits)
  SELECT $1::bigint, $1::bigint, 0, l."row", u.id, u."jobId", ${account}, l."deviceId",
    CASE WHEN NOT ${isOwn} THEN (SELECT a."teamId" FROM "Account" a WHERE a.id = ${account}) END,
    CASE WHEN ${isOwn} THEN 'own' ELSE 'listed' END, floor(j."creditPerInput" * u.inputs * 1000000 + 0.5)::bigint
  FROM jsonb_array_elements_text($2::jsonb) WITH ORDINALITY AS e(r, i) JOIN "WorkUnit" u ON u.id = r::bigint AND u.state = 'sealed'
  JOIN "Job" j ON j.id = u."jobId" AND j."creditPerInput" IS NOT NULL AND j."creditHold" <> 1
  JOIN "Lease" l ON l."unitId" = u.id AND l.state = 'agreed' JOIN "Device" d ON d.id = l."deviceId"
  WHERE NOT EXISTS (SELECT 1 FROM "Credit" c WHERE c."leaseRow" = l."row") ORDER BY i, l."row"`

export const lastCredit = `SELECT coalesce(max("row"), 0)::text AS j FROM "Credit"`

export const earningsAfter = `
  SELECT coalesce(json_agg(json_build_array(kind, "accountId", "deviceId", "teamId", "jobId", "grantedAt", microcredits, results)), '[]')::text AS j
  FROM (SELECT kind, "accountId", "deviceId", "teamId", "jobId", "grantedAt", sum(microcredits) AS microcredits, sum(1 - n % 2 * 2) AS results
    FROM "Credit" WHERE "row" > $1::bigint GROUP BY kind, "accountId", "deviceId", "teamId", "jobId", "grantedAt") k`

export const teamsOfAccounts = `
  SELECT coalesce(json_agg(json_build_array(a.id, a."teamId")), '[]')::text AS j
  FROM jsonb_array_elements_text($1::jsonb) r JOIN "Account" a ON a.id = r::int`

export const insertCredits = `
  INSERT INTO "Credit" ("createdAt", "leaseRow", n, "unitId", "jobId", "accountId", "deviceId", "teamId", kind, microcredits, "grantedAt")
  SELECT $1::bigint, (r->>0)::bigint, (r->>1)::int, (r->>2)::bigint, (r->>3)::int, (r->>4)::int, (r->>5)::int, (r->>6)::int, r->>7,
    (r->>8)::bigint, (r->>9)::bigint FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS e(r, i) ORDER BY i`

/** What was recent fades to now before it is added to. */
export const addCreditTotals = `
  INSERT INTO "CreditTotal" AS t ("recentAt", kind, subject, microcredits, results, recent)
  SELECT $1::bigint, r->>0, (r->>1)::int, (r->>2)::bigint, (r->>3)::bigint, (r->>4)::double precision FROM jsonb_array_elements($2::jsonb) r
  ON CONFLICT (kind, subject) DO UPDATE SET microcredits = t.microcredits + excluded.microcredits, results = t.results + excluded.results,
    recent = t.recent * exp(greatest(0, excluded."recentAt" - t."recentAt")::double precision * -$3::double precision) + excluded.recent,
    "recentAt" = greatest(t."recentAt", excluded."recentAt")`

const rates = `coalesce(json_agg(json_build_array(id, "creditPerInput", inputs, units, "unitSeconds", "measuredUnits", "creditHold")), '[]')::text AS j
  FROM (SELECT *, "unitsOpen" + "unitsAccepted" + "unitsSealed" + "unitsFailed" + "unitsCancelled" AS units FROM "Job"`
export const ratesDue = `
  SELECT ${rates} WHERE "creditPerInput" IS NOT NULL AND id IN (SELECT u."jobId" FROM jsonb_array_elements_text($1::jsonb) r
    JOIN "WorkUnit" u ON u.id = r::bigint UNION SELECT min("jobId") FROM "CreditJobDue")) k`
export const ratesOfLast = `SELECT ${rates} WHERE "creditPerInput" IS NOT NULL ORDER BY id DESC LIMIT $1) k`

export const holdJobs = `
  UPDATE "Job" SET "creditHold" = 1 WHERE "creditHold" = 0 AND id IN (SELECT r::int FROM jsonb_array_elements_text($1::jsonb) r)`
export const releaseJob = `UPDATE "Job" SET "creditHold" = 2 WHERE "creditHold" = 1 AND id = $1`
export const priceJob = `UPDATE "Job" SET "creditPerInput" = $1::double precision WHERE id = $2::int`

export const givenToStrangers = `
  SELECT CASE WHEN EXISTS (SELECT 1 FROM "WorkUnit" u JOIN "Lease" l ON l."unitId" = u.id JOIN "Device" d ON d.id = l."deviceId"
    WHERE u."jobId" = $1::int AND NOT ($2::int = 1 AND (d.own = 2 OR (d.own = 1 AND d."accountId" = $3::int)))) THEN '1' ELSE '0' END AS j`

/** Locked: two that set a price at once come one after the other. */
export const pricedJob = `SELECT cost, "creditPerInput" FROM "Job" WHERE id = $1 FOR UPDATE`
