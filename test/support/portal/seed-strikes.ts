import BetterSqlite3 from 'better-sqlite3'
import { encodeOutputs } from '../../../sdk/codec.ts'
import { refOf } from '../../../server/store/payload-ref.ts'

const STRIKE = `INSERT INTO Strike (trustId, deviceId, jobId, unitId, leaseRow, epoch, checksBefore, suspectBefore, output, accepted, createdAt, reverted)
  SELECT t.id, t.deviceId, j.id, (SELECT min(id) FROM WorkUnit WHERE jobId = j.id), 0, 0, 4, 0, @output, @accepted, @at, @reverted
  FROM Trust t, Job j WHERE t.deviceId = (SELECT id FROM Device WHERE uid = @device) AND j.uid = @job LIMIT 1`

/** Beside the server: the device is suspect, with a strike that was taken back and one whose output is `said`. */
export function seedStrikes(file: string, device: string, job: string, said: string): void {
  const database = new BetterSqlite3(file, { timeout: 20_000 })
  const bytes = (value: unknown) => Buffer.from(refOf(encodeOutputs([{ value }])), 'hex')
  const strike = { device, job, accepted: bytes([1n, 2n ** 200n]) }
  database
    .prepare(
      'UPDATE Trust SET checks = 0, strikes = 1, checked = 9, returned = 40, suspect = 1 WHERE deviceId = (SELECT id FROM Device WHERE uid = ?)',
    )
    .run(device)
  database.prepare("UPDATE Device SET state = 'suspect' WHERE uid = ?").run(device)
  database.prepare(STRIKE).run({ ...strike, output: bytes('a glitch'), at: 1_790_000_000_000, reverted: 1 })
  database.prepare(STRIKE).run({ ...strike, output: bytes(said), at: 1_790_000_060_000, reverted: 0 })
  database.close()
}

/** Beside the server: a running job in which engines differ, and that is closing. */
export function seedClosing(file: string, job: string): void {
  const database = new BetterSqlite3(file, { timeout: 20_000 })
  const columns = `engineSensitive = 1, engineClass = 'chromium-140', closingSince = ${Date.now()}, unitsAlone = 7, audits = 12, wasted = 3, targetError = 0.001`
  database.prepare(`UPDATE Job SET ${columns} WHERE uid = ?`).run(job)
  database.close()
}

/** Beside the server: a job whose few answers differ is paused as it would be with more of them. */
export function seedDiffering(file: string, job: string): void {
  const database = new BetterSqlite3(file, { timeout: 20_000 })
  database.prepare("UPDATE Job SET reason = 'non-deterministic: 3 units got three or more different answers' WHERE uid = ?").run(job)
  database.close()
}
