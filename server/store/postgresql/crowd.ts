/** Who may have units, and which of them are late. */

export const pinEngineClass = `UPDATE "Job" SET "engineClass" = $1 WHERE id = $2 AND "engineClass" IS NULL`

export const takeOverPin = `
  UPDATE "Job" j SET "engineClass" = $1 WHERE id = $2 AND "engineClass" = $3 AND "sameEngine" = 1 AND "measuredUnits" = 0 AND "eventCount" = 0
    AND NOT EXISTS (SELECT 1 FROM "Lease" l WHERE l."jobId" = j.id AND l.state = 'issued')`

export const engineClassOfJob = `SELECT to_json("engineClass")::text AS j FROM "Job" WHERE id = $1`

export const takeOverTrust = `
  UPDATE "Trust" SET "engineClass" = $1 WHERE id = (
    SELECT t.id FROM "Trust" t WHERE t."deviceId" = $2::int AND t.checks = 0 AND t.strikes = 0 AND t.suspect = 0
      AND NOT EXISTS (SELECT 1 FROM (SELECT state FROM "Lease" WHERE "trustId" = t.id ORDER BY "row" DESC LIMIT $3::int) l
        WHERE l.state IN ('issued', 'checking', 'pending'))
    ORDER BY t.id LIMIT 1)`

export const paces = `
  SELECT coalesce(json_agg(json_build_array(d.id, j.id, d.speed, j."unitSeconds")), '[]')::text AS j
  FROM jsonb_array_elements($1::jsonb) r JOIN "Device" d ON d.id = (r->>0)::int JOIN "Job" j ON j.id = (r->>1)::int`
