/**
 * A job is the fold of its events (DESIGN §3). The server appends `accepted`, `sealed`, `retracted` and `failed` for a unit; whoever reads them
 * must see each answer once, and must see it taken back. Pure; memory grows only with the units that are accepted and not yet sealed.
 */
import type { JobEvent } from './protocol.ts'

/** What an event means to somebody who has seen the events before it. */
export type Change = 'delivered' | 'confirmed' | 'retracted' | 'failed' | 'repeated'

export class EventFold {
  readonly #unsealed: Set<string>
  #after: number

  /** @param after number of the last event that was applied before, with the keys that `unsealed` gave then */
  constructor(after = 0, unsealed: Iterable<string> = []) {
    this.#after = after
    this.#unsealed = new Set(unsealed)
  }

  /** Keys of units that are accepted and not yet sealed. */
  get unsealed(): readonly string[] {
    return [...this.#unsealed]
  }

  /** Number of the last event that was applied. */
  get after(): number {
    return this.#after
  }

  /**
   * `delivered`: an answer not seen before. `confirmed`: the answer delivered earlier is now sealed. `retracted`: the answer delivered earlier no
   * longer holds. `failed`: the unit was given up. `repeated`: an event that was applied before.
   */
  apply(event: Pick<JobEvent, 'n' | 'kind' | 'key'>): Change {
    if (event.n <= this.#after) return 'repeated'
    this.#after = event.n
    switch (event.kind) {
      case 'accepted':
        this.#unsealed.add(event.key)
        return 'delivered'
      case 'sealed':
        return this.#unsealed.delete(event.key) ? 'confirmed' : 'delivered'
      case 'retracted':
        this.#unsealed.delete(event.key)
        return 'retracted'
      case 'failed':
        return 'failed'
    }
  }
}
