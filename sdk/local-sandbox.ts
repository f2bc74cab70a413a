/** Units computed on this machine as a device would compute them. Node's entry supplies the sandbox; a page has none of its own. */
import { BadArgument } from './errors.ts'
import type { SandboxedUnit, UnitOutcome } from './protocol.ts'

export interface LocalSandbox {
  /** Never rejects: what hangs or crashes is an `errored` outcome. */
  run(unit: SandboxedUnit): Promise<UnitOutcome>
  close(): Promise<void>
}

/** Starts a sandbox process that has run nothing yet. */
export type OpenSandbox = () => Promise<LocalSandbox>

export const noSandbox: OpenSandbox = async () => {
  throw new BadArgument('Expected to run in Node, whose sandbox process computes here; a page has none: submit a small map in its place.')
}
