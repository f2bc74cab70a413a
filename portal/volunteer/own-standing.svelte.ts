import type { DeviceStanding, StrikeRow } from '../../sdk/protocol.ts'
import { Polled } from '../api/polled.svelte.ts'
import { RestFailure } from '../api/rest.ts'
import { volunteerRoom } from './volunteer-room.svelte.ts'

const EVERY_MS = 5_000

/** What this browser's word counts, with its strikes, and what its person says against them. */
export class OwnStanding {
  readonly polled = new Polled(() => asRest(volunteerRoom.standing()), EVERY_MS)
  #older = $state.raw<readonly StrikeRow[]>([])
  #next = $state<string>()
  #asked = $state(false)

  /** Begins to ask; returns what ends it. */
  follow(): () => void {
    return this.polled.follow()
  }

  /** The newest page and those that were asked for beneath it. */
  get strikes(): readonly StrikeRow[] {
    const newest = this.polled.body?.strikes ?? []
    const last = newest.at(-1)
    return [...newest, ...this.#older.filter(({ strike }) => last === undefined || Number(strike) < Number(last.strike))]
  }

  /** Where the following page begins; undefined on the last. */
  get next(): string | undefined {
    return this.#asked ? this.#next : this.polled.body?.next
  }

  async more(): Promise<void> {
    const page = await asRest(volunteerRoom.standing(this.next))
    this.#asked = true
    this.#older = [...this.#older, ...(page?.strikes ?? [])]
    this.#next = page?.next
  }

  /** @throws RestFailure */
  async appeal(text: string): Promise<void> {
    await asRest(volunteerRoom.appeal(text))
    await this.polled.askNow()
  }
}

/** @throws RestFailure with the sentence of what went wrong */
async function asRest(asked: Promise<DeviceStanding | undefined>): Promise<DeviceStanding | undefined> {
  try {
    return await asked
  } catch (error) {
    throw new RestFailure((error as Error).message)
  }
}
