/**
 * A job is the fold of its events (DESIGN §3). The server appends `accepted`, `sealed`, `retracted` and `failed` for a unit; whoever reads them
 * must see each answer once, and must see it taken back. Pure; memory grows only with the units that are accepted and not yet sealed.
 */
import type { JobEvent } from './protocol.ts'

/** Which results count: those that agreement suffices for, which may be taken back, or only those that are final unless their author is caught later. */
export type Deliver = 'accepted' | 'sealed'

/** What an event means to somebody who has seen the events before it. */
export type Change = 'delivered' | 'confirmed' | 'retracted' | 'failed' | 'withheld' | 'repeated'

/** Whether whoever takes results in has something to do. */
export const isNews = (change: Change): boolean => change === 'delivered' || change === 'retracted' || change === 'failed'

export class EventFold {
  readonly #unsealed: Set<string>
  readonly #deliver: Deliver
  #after: number

  /** @param after number of the last event that was applied before, with the keys that `unsealed` gave then */
  constructor(deliver: Deliver = 'accepted', after = 0, unsealed: Iterable<string> = []) {
    this.#deliver = deliver
    this.#after = after
    this.#unsealed = new Set(unsealed)
  }

  /** Keys of units that are accepted and not yet sealed. */
  get unsealed(): readonly string[] {
    return [...this.#unsealed]
  }

  get unsealedCount(): number {
    return this.#unsealed.size
  }

  /** Number of the last event that was applied. */
  get after(): number {
    return this.#after
  }

  /**
   * `delivered`: an answer not seen before. `confirmed`: the answer delivered earlier is now sealed. `retracted`: the answer delivered earlier no
   * longer holds. `failed`: the unit was given up. `withheld`: an answer that is not sealed, where only sealed ones are delivered, and its end.
   * `repeated`: an event that was applied before.
   */
  apply(event: Pick<JobEvent, 'n' | 'kind' | 'key'>): Change {
    if (event.n <= this.#after) return 'repeated'
    this.#after = event.n
    switch (event.kind) {
      case 'accepted':
        this.#unsealed.add(event.key)
        return this.#givesUnsealed ? 'delivered' : 'withheld'
      case 'sealed':
        return this.#unsealed.delete(event.key) && this.#givesUnsealed ? 'confirmed' : 'delivered'
      case 'retracted':
        return this.#unsealed.delete(event.key) && !this.#givesUnsealed ? 'withheld' : 'retracted'
      case 'failed':
        return 'failed'
    }
  }
  get #givesUnsealed(): boolean {
    return this.#deliver === 'accepted'
  }
}
