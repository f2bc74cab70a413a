/**
 * How many curves go into one unit (FACTORING 5.3). The rule: a second for the first units, then some seconds, but never more than a
 * (4 · workers)-th of what the level still needs, so that the last units are small and nobody waits for one straggler. The least size only
 * spares messages; it is waived when everything is to be shared out (`distributeFrom: 0`), or else a small number would be one unit.
 */
import { bitLength } from '../../math/arithmetic.ts'
import { curveMultiplications } from '../../math/schedule.ts'

export interface UnitSeconds {
  /** Until the first unit was measured. @default 1 */
  readonly first?: number
  /** Afterwards. @default 8 */
  readonly target?: number
  /** Smaller units are not made, but see `distributeFrom: 0`. @default 0.25 */
  readonly least?: number
}

/** A curve of this size on this modulus, in seconds on the machine the model was measured on (2 GHz-class core, BigInt). */
export function modelSeconds(n: bigint, b1: number, b2: number): number {
  const bits = bitLength(n)
  const multiplicationSeconds = (70 + 0.55 * bits + 0.0006 * bits * bits) * 1e-9
  return curveMultiplications(b1, b2) * multiplicationSeconds
}

export class UnitSize {
  readonly #first: number
  readonly #target: number
  readonly #least: number
  /** Measured over model seconds; undefined before the first measurement. */
  #ratio: number | undefined

  constructor(seconds: UnitSeconds, shareEverything: boolean, ratio?: number) {
    this.#first = seconds.first ?? 1
    this.#target = seconds.target ?? 8
    this.#least = shareEverything ? 0 : (seconds.least ?? 0.25)
    this.#ratio = ratio
  }

  get ratio(): number | undefined {
    return this.#ratio
  }

  /** A unit the model gives `model` seconds took `seconds`; a single wild claim moves the estimate by a factor of two at most. */
  measured(model: number, seconds: number): void {
    if (!(seconds > 0) || !Number.isFinite(seconds) || !(model > 0)) return
    const ratio = Math.min(100, Math.max(0.01, seconds / model))
    if (this.#ratio === undefined) this.#ratio = ratio
    else this.#ratio *= Math.min(2, Math.max(0.5, ratio / this.#ratio)) ** 0.3
  }

  /** Curves of the next unit, at least 1, when the level still needs `curvesLeft` of `model` seconds each. */
  curves(model: number, curvesLeft: number, workers: number): number {
    const perCurve = model * (this.#ratio ?? 1)
    const wanted = this.#ratio === undefined ? this.#first : this.#target
    const fairShare = (curvesLeft * perCurve) / (4 * Math.max(1, workers))
    const seconds = Math.max(this.#least, Math.min(wanted, fairShare))
    return Math.max(1, Math.min(curvesLeft, Math.floor(seconds / perCurve)))
  }
}
