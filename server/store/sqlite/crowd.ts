/** Who may have units, and which of them are late. */

export const pinEngineClass = `UPDATE Job SET engineClass = ? WHERE id = ? AND engineClass IS NULL`

export const engineClassOfJob = `SELECT json_quote(engineClass) AS j FROM Job WHERE id = ?`
