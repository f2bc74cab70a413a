/**
 * What the engine, a sandbox frame and the workers inside it say to each other, all of it data over message ports. The engine makes every
 * channel: one to a frame, one to each worker, one for each unit, so that a port is what it belongs to and nobody has to be believed.
 */
import type { LoadFailure } from './harness.ts'
import type { UnitReport } from './unit-run.ts'

/** How code gets into a worker: by `blob:` or by `data:` URLs. Which one an engine allows in a sandboxed frame is found by trying. */
export type Loader = 'blob' | 'data'

/** Engine to frame. `spawn` carries the worker's port. */
export type FrameOrder =
  | { readonly order: 'spawn'; readonly worker: number }
  | { readonly order: 'terminate'; readonly worker: number }
  | { readonly order: 'ping'; readonly worker: number }

/** Frame to engine: it listens, a worker could not start, an order was carried out. */
export type FrameNews =
  | { readonly news: 'ready' }
  | { readonly news: 'failed'; readonly worker: number; readonly why: string }
  | { readonly news: 'done'; readonly worker: number; readonly order: 'terminate' | 'ping' }

/** Worker to engine, before any job code: its realm is confined and waits for a unit; it has taken the unit. */
export type WorkerNews = 'ready' | 'taken'

/** Where `blob:` works a worker reads a file when its code asks; elsewhere it is handed the bytes. */
export type FileContent = Blob | Uint8Array<ArrayBuffer>

/** Engine to worker, with the unit's port. Every field is present, so that no prototype is ever asked for one. */
export interface UnitOrder {
  /** The bundle's text; the first order's counts, a worker runs units of one bundle only. */
  readonly code: string
  /** Why it is not loaded. */
  readonly failure: LoadFailure | undefined
  readonly input: Uint8Array
  readonly seed: Uint8Array
  readonly createdAt: number
  readonly memoryBytes: number
  /** What an earlier run of the unit kept here. */
  readonly checkpoint: Uint8Array | undefined
  readonly nativeMath: boolean
  /** Names of the job's files, and their bytes in the same order. */
  readonly files: readonly string[]
  readonly contents: readonly FileContent[]
}

/** Worker to engine over the unit's port, while the unit runs. */
export type UnitNews =
  | {
      readonly news: 'progress'
      /** Share of the unit, 0 to 1. */
      readonly fraction: number
      /** What the code says it does. */
      readonly note: string | undefined
    }
  /** What the same unit can go on from, on this device. */
  | { readonly news: 'checkpoint'; readonly bytes: Uint8Array }

/** Worker to engine over the unit's port; the first one is the last message that counts. */
export type UnitAnswer = UnitReport & { readonly console: string }
