/** Who may have units, and which of them are late. */

export const pinEngineClass = `UPDATE "Job" SET "engineClass" = $1 WHERE id = $2 AND "engineClass" IS NULL`

export const engineClassOfJob = `SELECT to_json("engineClass")::text AS j FROM "Job" WHERE id = $1`
