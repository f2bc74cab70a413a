/** Units computed on this machine as a device would compute them. Node's entry supplies the sandbox; a page has none of its own. */
import { BadArgument } from './errors.ts'
import type { ErroredReason } from './protocol.ts'

/** A unit as a sandbox runs it; a sandbox shares nothing between jobs. */
export interface SandboxedUnit {
  readonly job: string
  /** SHA-256 of `code`, hex. */
  readonly bundle: string
  readonly code: string
  /** Codec bytes of the list of inputs. */
  readonly input: Uint8Array
  /** 16 bytes. */
  readonly seed: Uint8Array
  /** What `Date.now()` says inside, milliseconds since 1970. */
  readonly createdAt: number
  readonly timeoutSeconds: number
  readonly memoryMegabytes: number
  /** Files its code may read. @default none */
  readonly files?: readonly SandboxedFile[]
}

export interface SandboxedFile {
  readonly name: string
  /** Hex. */
  readonly sha256: string
  readonly content: Blob
}

export type SandboxOutcome =
  | { readonly output: Uint8Array; readonly seconds: number; readonly console?: string; readonly stack?: string }
  | { readonly errored: ErroredReason; readonly message: string; readonly seconds: number }

export interface LocalSandbox {
  /** Never rejects: what hangs or crashes is an `errored` outcome. */
  run(unit: SandboxedUnit): Promise<SandboxOutcome>
  close(): Promise<void>
}

/** Starts a sandbox process that has run nothing yet. */
export type OpenSandbox = () => Promise<LocalSandbox>

export const noSandbox: OpenSandbox = async () => {
  throw new BadArgument('Expected to run in Node, whose sandbox process computes here; a page has none: submit a small map in its place.')
}
