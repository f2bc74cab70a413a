/** What bundles leave behind in the memory of a browser or of the headless worker, seen from outside. */
import { setTimeout } from 'node:timers/promises'
import { descendantsOf } from '../support/descendants.ts'
import { residentBytes } from './resident.ts'

/** A browser gives memory back when it collects its garbage: not at once, but without being asked. Firefox takes 3 s for a bundle's WebAssembly tables. */
const GIVE_BACK_MS = 10_000

const treeBytes = (): number => residentBytes(descendantsOf(process.pid))

export class KeptMemory {
  #leastBytes = Number.POSITIVE_INFINITY

  /** Before an attack. The least ever counts: what an earlier attack left is no excuse for a later one. */
  note(): void {
    this.#leastBytes = Math.min(this.#leastBytes, treeBytes())
  }

  /** Bytes the processes below this one hold beyond the least noted, once they had the time to give back what is more than `mostBytes`. */
  async bytesNow(mostBytes: number): Promise<number> {
    const endsAt = performance.now() + GIVE_BACK_MS
    let kept = treeBytes() - this.#leastBytes
    while (kept > mostBytes && performance.now() < endsAt) {
      await setTimeout(50)
      kept = treeBytes() - this.#leastBytes
    }
    return kept
  }
}
