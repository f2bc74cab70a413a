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

/** Writes the record of a job that has ended. @throws BadArgument, Refused, NotConnected */
export type WriteRecord = (connection: Connection, job: string, file: string | undefined) => Promise<RecordSummary>

export const noRecord: WriteRecord = async () => {
  throw new BadArgument('Expected to run in Node to write a record; use `dsage record <job>` on a machine with your key in its place.')
}
