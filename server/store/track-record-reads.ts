import type { ReadConnection } from './reads.ts'
import type { TrackRecord } from './store.ts'

/** Ids of one statement; fewer are filled up with the last one, so that the text is always the same. */
const IDS = 100
/** By the ids of the devices, and the key of trust. */
export const TRACK_RECORDS = `SELECT d.id, d.speed, d.returned, d.expired, t."engineClass", t.checks, t.suspect
  FROM "Device" d LEFT JOIN "Trust" t ON t."deviceId" = d.id WHERE d.id IN (${Array.from({ length: IDS }, (_, i) => `$${i + 1}`).join(', ')})`

export async function readTrackRecords(connection: ReadConnection, ids: readonly number[]): Promise<TrackRecord[]> {
  const found = new Map<number, TrackRecord & { trust: TrackRecord['trust'][number][] }>()
  for (let from = 0; from < ids.length; from += IDS) {
    const some = ids.slice(from, from + IDS)
    const filled = Array.from({ length: IDS }, (_, i) => some[Math.min(i, some.length - 1)] as number)
    for (const row of await connection.query(TRACK_RECORDS, filled)) {
      const deviceId = Number(row.id)
      const counted = { speed: Number(row.speed), returned: Number(row.returned), expired: Number(row.expired) }
      const record = found.get(deviceId) ?? { deviceId, ...counted, trust: [] }
      if (row.engineClass !== null)
        record.trust.push({ engineClass: row.engineClass as string, checks: Number(row.checks), suspect: Number(row.suspect) === 1 })
      found.set(deviceId, record)
    }
  }
  return [...found.values()]
}
