/** Everything of a job in one file, to be kept, shown and recomputed. Node's entry writes it; a page has no files. */
import type { Connection } from './connection.ts'
import { BadArgument } from './errors.ts'

/** What was written. */
export interface RecordSummary {
  readonly file: string
  readonly bytes: number
  /** Of the whole file, hex. */
  readonly sha256: string
  readonly units: number
}

export interface RecordOptions {
  /**
   * Bytes of the job's files together up to which the record carries them. Above, and with 0, it names their digests alone, and whoever verifies it must have
   * them. From 0 to 268435456. @default 67108864 (64 MiB)
   */
  readonly filesUpTo?: number
}

/** Writes the record of a job that has ended. @throws BadArgument, Refused, NotConnected */
export type WriteRecord = (connection: Connection, job: string, file: string | undefined, options?: RecordOptions) => Promise<RecordSummary>

export const noRecord: WriteRecord = async () => {
  throw new BadArgument('Expected to run in Node to write a record; use `dsage record <job>` on a machine with your key in its place.')
}
