/**
 * How far a unit is, as its code says with `ctx.progress` and as its inputs are done. Told by the native clock, at most four times a second:
 * what is said in between is forgotten, and a unit that is done sooner costs nobody a message.
 */
import { LIMITS } from '../../sdk/protocol.ts'
import { isNotANumber, NativeDate, sliceText, toWellFormed } from './primordials.ts'

const { now: nativeNow } = NativeDate
const BETWEEN_MS = 250

/** @param fraction share of the unit, 0 to 1 @param note what the code says it does, as it came but for its length */
export type TellProgress = (fraction: number, note: string | undefined) => void

export class UnitProgress {
  /** Milliseconds; may be set back. */
  readonly #now: () => number
  #tell: TellProgress | undefined
  #inputs = 1
  #input = 0
  #hasTold = false
  #toldAt = 0

  constructor(now: () => number = nativeNow) {
    this.#now = now
  }

  /** A unit begins; undefined when nobody listens. */
  begin(tell: TellProgress | undefined): void {
    this.#tell = tell
    this.#hasTold = false
    this.#toldAt = this.#now()
  }

  /** Input `input` of `inputs` begins. */
  next(input: number, inputs: number): void {
    this.#input = input
    this.#inputs = inputs
    if (input > 0 && this.#isTime) this.#say(0, undefined)
  }

  /** What the code says of its input. What is no number is not told, so that nothing a code computes hangs on it. */
  report(fraction: unknown, note: unknown): void {
    if (typeof fraction !== 'number' || isNotANumber(fraction) || (this.#hasTold && !this.#isTime)) return
    this.#say(
      fraction > 0 ? (fraction < 1 ? fraction : 1) : 0,
      typeof note === 'string' ? toWellFormed(sliceText(note, 0, LIMITS.nameCharacters)) : undefined,
    )
  }

  /** Also where the clock was set back. */
  get #isTime(): boolean {
    const passed = this.#now() - this.#toldAt
    return passed >= BETWEEN_MS || passed < 0
  }

  #say(fraction: number, note: string | undefined): void {
    const tell = this.#tell
    this.#hasTold = true
    this.#toldAt = this.#now()
    try {
      tell?.((this.#input + fraction) / this.#inputs, note)
    } catch {
      // Whoever listened is gone.
    }
  }
}
