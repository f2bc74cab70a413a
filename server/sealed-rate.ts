import { REFERENCE_GFLOPS } from './core/cobblestones.ts'
import { MICROCREDITS } from './core/credit.ts'

const WINDOW_MS = 300_000
/** The total is read at most once in this time, milliseconds. */
const FRESH_MS = 1000

/** How fast the cluster is by what was sealed and booked while somebody looked, in the last five minutes: whatever devices say of themselves. */
export class SealedRate {
  readonly #allWork: () => Promise<number>
  readonly #looks: { readonly at: number; readonly microcredits: Promise<number> }[] = []

  constructor(allWork: () => Promise<number>) {
    this.#allWork = allWork
  }

  /** An estimate, as the GFLOPS of the reference computer are one; 0 at the first look. */
  async gflops(now: number): Promise<number> {
    if (now - (this.#looks.at(-1)?.at ?? Number.NEGATIVE_INFINITY) >= FRESH_MS) this.#looks.push({ at: now, microcredits: this.#allWork() })
    while ((this.#looks[0]?.at ?? now) < now - WINDOW_MS) this.#looks.shift()
    const [first, last] = [this.#looks[0], this.#looks.at(-1)]
    if (!first || !last || first === last) return 0
    const credits = ((await last.microcredits) - (await first.microcredits)) / MICROCREDITS
    return Math.max(0, (credits * 1000 * REFERENCE_GFLOPS) / (last.at - first.at))
  }
}
