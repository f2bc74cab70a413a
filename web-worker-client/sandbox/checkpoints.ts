/**
 * `ctx.checkpoint` and `ctx.restored` (INTEGRITY T9): what a unit needs to go on where it was, in the bytes of an unbroken run. That is the
 * code's value, which input it is of, the state of the random numbers, and what came before: outputs and console.
 */
import { decode, OutputList } from '../../sdk/codec.ts'
import { LIMITS } from '../../sdk/protocol.ts'
import type { CapturedConsole } from './captured-console.ts'
import { isArray, NativeDate, NativeTypeError } from './primordials.ts'
import type { SeededRandom } from './random.ts'
import { describeThrown } from './thrown.ts'

const { now: nativeNow } = NativeDate
/** Between two that are kept, and before the first: what is computed sooner is cheaper to compute again than to write down. */
const BETWEEN_MS = 1000

/** A unit as it was at a checkpoint. */
export interface Restored {
  /** Of which input the checkpoint is; those before are done. */
  readonly input: number
  readonly random: readonly number[]
  readonly console: string
  /** The list of outputs as far as it was written. */
  readonly outputs: Uint8Array
  readonly value: unknown
}

export type KeepCheckpoint = (bytes: Uint8Array) => void

export interface CheckpointSources {
  readonly random: SeededRandom
  readonly console: CapturedConsole
  /** Where the outputs of the unit are written. */
  readonly outputs: OutputList
}

const isIndex = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value % 1 === 0

/** What `SeededRandom.save` gives; another device may have written it. */
function isStream(value: unknown): value is number[] {
  if (!isArray(value) || (value.length !== 0 && value.length !== 4)) return false
  for (let i = 0; i < value.length; i++) if (!isIndex(value[i])) return false
  return true
}

/** Undefined for bytes that are no checkpoint: the unit then begins anew. Only before any job byte ran. */
export function readCheckpoint(bytes: Uint8Array | undefined): Restored | undefined {
  if (bytes === undefined) return undefined
  try {
    const [{ value: state }] = decode(bytes) as [{ value: unknown[] }]
    const [kept, input, random, console, outputs] = state
    const [{ value }] = decode(kept as Uint8Array) as [{ value: unknown }]
    const isWhole = isIndex(input) && isStream(random) && typeof console === 'string' && outputs instanceof Uint8Array
    return isWhole ? { input, random, console, outputs, value } : undefined
  } catch {
    return undefined
  }
}

export class Checkpoints {
  /** Made before any job byte ran, as every OutputList. */
  readonly #value = new OutputList()
  readonly #state = new OutputList()
  readonly #sources: CheckpointSources
  /** Milliseconds; may be set back. */
  readonly #now: () => number
  #keep: KeepCheckpoint | undefined
  #restored: Restored | undefined
  #input = 0
  #isOpen = false
  #keptAt = 0

  constructor(sources: CheckpointSources, now: () => number = nativeNow) {
    this.#sources = sources
    this.#now = now
  }

  /** A unit begins. */
  begin(keep: KeepCheckpoint | undefined): void {
    this.#keep = keep
    this.#restored = undefined
    this.#isOpen = false
    this.#keptAt = this.#now()
  }

  /** Work on an input begins; `restored` is what it goes on from. */
  open(input: number, restored: Restored | undefined): void {
    this.#input = input
    this.#restored = restored
    this.#isOpen = true
  }

  /** The inverse of `open`: from here on the outputs are being written. */
  close(): void {
    this.#isOpen = false
    this.#restored = undefined
  }

  /** What the code kept of the input it works on; undefined when it begins. */
  get restored(): unknown {
    return this.#restored === undefined ? undefined : this.#restored.value
  }

  /** @throws TypeError for a value that cannot travel or is larger than 1 MiB, whether or not it would have been kept: else results would hang on time */
  take(value: unknown): void {
    if (!this.#isOpen) return
    const kept = this.#encoded(value)
    const passed = this.#now() - this.#keptAt
    if (passed >= 0 && passed < BETWEEN_MS) return
    this.#keptAt = this.#now()
    const { random, console, outputs } = this.#sources
    this.#state.start(1, LIMITS.checkpointBytes)
    this.#state.add({ value: [kept, this.#input, random.save(), console.text, outputs.join()] })
    try {
      this.#keep?.(this.#state.join())
    } catch {
      // Whoever keeps them is gone.
    }
  }

  /** Getters and proxies in `value` may call again meanwhile, to no effect. */
  #encoded(value: unknown): Uint8Array {
    this.#isOpen = false
    try {
      this.#value.start(1, LIMITS.payloadBytes)
      this.#value.add({ value })
      return this.#value.join()
    } catch (error) {
      throw new NativeTypeError(`The checkpoint cannot be kept. ${describeThrown(error).message}`)
    } finally {
      this.#isOpen = true
    }
  }
}
