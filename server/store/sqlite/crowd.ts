/** Who may have units, and which of them are late. */

export const pinEngineClass = `UPDATE Job SET engineClass = ? WHERE id = ? AND engineClass IS NULL`

export const engineClassOfJob = `SELECT json_quote(engineClass) AS j FROM Job WHERE id = ?`

export const paces = `
  SELECT json_group_array(json_array(d.id, j.id, d.speed, j.unitSeconds)) AS j
  FROM json_each(?) r CROSS JOIN Device d ON d.id = r.value->>0 CROSS JOIN Job j ON j.id = r.value->>1`
