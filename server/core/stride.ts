/**
 * Whose job is served next? Stride scheduling over owners, then over each owner's jobs (Waldspurger and Weihl 1995): whoever has the
 * smallest pass is next, and pays units / weight. Weights are 2^priority; an owner weighs as much as its most urgent job, but never more
 * than all others together, so that its share stays at most one half while others wait. Rejected: lottery scheduling, which needs
 * randomness and is fair only on average.
 */

/** A job that has units to lease. */
export interface Contender {
  readonly id: number
  readonly ownerId: number
  /** 0 to 5. */
  readonly priority: number
}

export class Stride {
  readonly #owners = new Map<number, number>()
  readonly #jobs = new Map<number, number>()
  #ownerTime = 0
  /** One clock an owner: passes of different owners' jobs grow at different paces and must not be compared. */
  readonly #jobTimes = new Map<number, number>()

  /** The contenders in the order they should be asked. */
  order<Job extends Contender>(jobs: readonly Job[]): Job[] {
    const pass = new Map(jobs.map((job) => [job.id, [passOf(this.#owners, job.ownerId, this.#ownerTime), this.#jobPass(job)] as const]))
    return [...jobs].sort((a, b) => {
      const [ownerA, jobA] = pass.get(a.id) ?? [0, 0]
      const [ownerB, jobB] = pass.get(b.id) ?? [0, 0]
      return ownerA - ownerB || a.ownerId - b.ownerId || jobA - jobB || a.id - b.id
    })
  }

  /** Books `units` leased of `job`, which competed with `jobs`; a negative number takes back what it did not have, and time stands. */
  charge(job: Contender, units: number, jobs: readonly Contender[]): void {
    const ownerPass = passOf(this.#owners, job.ownerId, this.#ownerTime)
    const jobPass = this.#jobPass(job)
    this.#owners.set(job.ownerId, ownerPass + units / ownerWeight(job, jobs))
    this.#jobs.set(job.id, jobPass + units / 2 ** job.priority)
    if (units > 0) {
      this.#ownerTime = ownerPass
      this.#jobTimes.set(job.ownerId, jobPass)
    }
    if (this.#jobs.size > 2 * jobs.length + 1000) this.#forget(jobs)
  }

  #jobPass(job: Contender): number {
    return passOf(this.#jobs, job.id, this.#jobTimes.get(job.ownerId) ?? 0)
  }

  #forget(jobs: readonly Contender[]): void {
    const owners = new Set(jobs.map((job) => job.ownerId))
    const ids = new Set(jobs.map((job) => job.id))
    for (const id of this.#owners.keys()) if (!owners.has(id)) this.#owners.delete(id)
    for (const id of this.#jobTimes.keys()) if (!owners.has(id)) this.#jobTimes.delete(id)
    for (const id of this.#jobs.keys()) if (!ids.has(id)) this.#jobs.delete(id)
  }
}

/** Who was away does not come back with a credit: its pass is at least the present time. */
const passOf = (passes: ReadonlyMap<number, number>, id: number, time: number): number => Math.max(passes.get(id) ?? time, time)

function ownerWeight(job: Contender, jobs: readonly Contender[]): number {
  const weights = new Map<number, number>()
  for (const each of jobs) weights.set(each.ownerId, Math.max(weights.get(each.ownerId) ?? 0, 2 ** each.priority))
  const own = weights.get(job.ownerId) ?? 2 ** job.priority
  weights.delete(job.ownerId)
  const others = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  return others > 0 ? Math.min(own, others) : own
}
