import { printable } from '../printable.ts'
import { aborted, interruption } from './interruption.ts'
import { jsonLine } from './json-line.ts'
import { type ServerWish, withServer } from './own-connection.ts'

export interface RecordCommand extends ServerWish {
  readonly job: string
  readonly file?: string | undefined
  /** Bytes of files up to which the record carries them. */
  readonly filesUpTo?: number
  readonly json: boolean
}

/**
 * `dsage record`: exit code 0; 1 when it was interrupted, and then nothing is left of the file that was begun.
 * @throws BadArgument while the job runs, Refused when it is nobody's or another's, NotConnected
 */
export function record({ job, file, filesUpTo, json, ...wish }: RecordCommand, signal = interruption()): Promise<number> {
  return withServer(wish, async (d) => {
    const writing = (await d.job(job)).record(file, filesUpTo === undefined ? {} : { filesUpTo })
    const summary = await Promise.race([writing, aborted(signal)])
    if (summary === undefined) {
      await d.close()
      await writing.catch(() => {})
      return 1
    }
    const { bytes, units, sha256 } = summary
    process.stdout.write(json ? jsonLine(summary) : `${printable(summary.file)}: ${units} units, ${bytes} bytes, SHA-256 ${sha256}\n`)
    return 0
  })
}
