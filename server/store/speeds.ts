import { speedAfter } from '../core/lender.ts'
import type { Dialect } from './dialect.ts'
import type { Sql } from './sql.ts'

type Pace = [deviceId: number, jobId: number, speed: number, meanSeconds: number]

/** Gathers how long units took devices, for their speeds. */
export class Speeds {
  /** Seconds by device and job. */
  readonly #measured = new Map<number, Map<number, number[]>>()

  measured(deviceId: number, jobId: number, seconds: number): void {
    const jobs = this.#measured.get(deviceId) ?? new Map<number, number[]>()
    this.#measured.set(deviceId, jobs)
    jobs.set(jobId, [...(jobs.get(jobId) ?? []), seconds])
  }

  /** The new speeds by device, against the means of the jobs as they were before this transaction. */
  async after(sql: Sql, dialect: Dialect): Promise<Map<number, number>> {
    const pairs = [...this.#measured].flatMap(([device, jobs]) => [...jobs.keys()].map((job) => [device, job]))
    const speeds = new Map<number, number>()
    if (pairs.length === 0) return speeds
    for (const [device, job, speed, meanSeconds] of await sql.json<Pace[]>(dialect.paces, JSON.stringify(pairs))) {
      const seconds = this.#measured.get(device)?.get(job) ?? []
      speeds.set(device, speedAfter(speeds.get(device) ?? speed, { meanSeconds, seconds }))
    }
    return speeds
  }
}
