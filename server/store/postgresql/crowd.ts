/** Who may have units, and which of them are late. */

export const pinEngineClass = `UPDATE "Job" SET "engineClass" = $1 WHERE id = $2 AND "engineClass" IS NULL`

export const engineClassOfJob = `SELECT to_json("engineClass")::text AS j FROM "Job" WHERE id = $1`

export const paces = `
  SELECT coalesce(json_agg(json_build_array(d.id, j.id, d.speed, j."unitSeconds")), '[]')::text AS j
  FROM jsonb_array_elements($1::jsonb) r JOIN "Device" d ON d.id = (r->>0)::int JOIN "Job" j ON j.id = (r->>1)::int`
