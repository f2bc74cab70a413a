/**
 * When is it time to ask for more? A thread must never wait for the network, and a device must not hoard what others could compute.
 * Judged by wall time measured here, job by job: what a unit costs includes the start of its realm, which the job's own clock omits.
 */
import { type LeaseRequest, LIMITS } from '../../sdk/protocol.ts'

/** Seconds of work each thread wants at hand (DESIGN §4). */
const TARGET_SECONDS = 5
/** Units each thread wants at hand, however long they take: the one it computes and the one that follows. */
const LEAST_UNITS = 2
/** Weight of the newest measurement. */
const NEWEST = 0.3
/** Jobs whose times are remembered. */
const MOST_JOBS = 1000

/** Seconds a unit of a job takes on one thread of this device, an exponential mean. */
export class UnitTimes {
  readonly #seconds = new Map<string, number>()

  record(job: string, seconds: number): void {
    const before = this.#seconds.get(job)
    this.#seconds.delete(job)
    this.#seconds.set(job, before === undefined ? seconds : before + NEWEST * (seconds - before))
    if (this.#seconds.size > MOST_JOBS) this.#seconds.delete(this.#seconds.keys().next().value!)
  }

  /** Not yet measured: the whole target, so that the first results are awaited before more is asked for. */
  expected(job: string): number {
    return this.#seconds.get(job) ?? TARGET_SECONDS
  }
}

export interface Stock {
  readonly threads: number
  /** Job of each unit that waits. */
  readonly queued: readonly string[]
  /** Job of each unit being computed, and for how long, seconds. */
  readonly running: readonly { readonly job: string; readonly seconds: number }[]
}

/** What to ask for now, while `undelivered` results wait; undefined when there is enough, or no room for more in one message. */
export function nextRequest(stock: Stock, undelivered: number, times: UnitTimes): LeaseRequest | undefined {
  const held = stock.queued.length + stock.running.length
  const room = LIMITS.itemsPerMessage - held - undelivered
  if (room <= 0 || !wantsMore(stock, times)) return undefined
  return { threads: stock.threads, seconds: TARGET_SECONDS, held, most: room }
}

/** Whether the stock lasts less than half of the target, or is less than two units a thread. */
function wantsMore(stock: Stock, times: UnitTimes): boolean {
  if (stock.queued.length + stock.running.length < LEAST_UNITS * stock.threads) return true
  let left = 0
  for (const { job, seconds } of stock.running) left += Math.max(0, times.expected(job) - seconds)
  for (const job of stock.queued) left += times.expected(job)
  return left / stock.threads < TARGET_SECONDS / 2
}
