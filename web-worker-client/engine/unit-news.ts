/** What a sandbox says of a unit that still runs: checked as its report is, and counted, since a message that is free can be sent for ever. */
import { LIMITS } from '../../sdk/protocol.ts'

/** How far a unit is, as its code says: an estimate that nobody can check. */
export interface UnitProgress {
  /** Share of the unit, 0 to 1. */
  readonly fraction: number
  /** What it does at the moment, in the words of its code: on one line, without control characters. */
  readonly note?: string
}

/** Hears what a unit says while it runs. */
export interface UnitListener {
  onProgress(progress: UnitProgress): void
  /** What `UnitToRun.checkpoint` of a later run of the same unit may be. */
  onCheckpoint?(bytes: Uint8Array): void
}

/** A harness sends four a second; what sends far more is no harness. */
const MOST_A_SECOND = 20
const MOST_AT_ONCE = 50

/** Space, controls, separators of lines, and what reorders or hides text on a screen. */
const UNSEEN = /[\s\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/gu

const isRecord = (said: unknown): said is Readonly<Record<string, unknown>> => typeof said === 'object' && said !== null

/** The news of one unit. */
export class UnitNewsReader {
  readonly #listener: UnitListener | undefined
  /** Milliseconds, never going back. */
  readonly #now: () => number
  readonly #startedAt: number
  #count = 0

  constructor(now: () => number, listener: UnitListener | undefined) {
    this.#now = now
    this.#startedAt = now()
    this.#listener = listener
  }

  /** False where `said` is no news, or more of it than any harness sends: then the sandbox is not to be believed any more. */
  hear(said: unknown): boolean {
    if (!isRecord(said)) return false
    this.#count += 1
    if (this.#count > MOST_AT_ONCE + ((this.#now() - this.#startedAt) / 1000) * MOST_A_SECOND) return false
    if (said.news === 'progress') return this.#hearProgress(said)
    return said.news === 'checkpoint' && this.#hearCheckpoint(said.bytes)
  }

  #hearCheckpoint(bytes: unknown): boolean {
    if (!(bytes instanceof Uint8Array) || bytes.byteLength > LIMITS.checkpointBytes) return false
    this.#listener?.onCheckpoint?.(bytes)
    return true
  }

  #hearProgress({ fraction, note }: Readonly<Record<string, unknown>>): boolean {
    if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1)) return false
    const words = typeof note === 'string' ? note.slice(0, LIMITS.nameCharacters).toWellFormed().replace(UNSEEN, ' ').trim() : ''
    this.#listener?.onProgress({ fraction, ...(words && { note: words }) })
    return true
  }
}

/** Whether it is meant as news, believed or not. */
export const isNews = (said: unknown): boolean => isRecord(said) && 'news' in said
