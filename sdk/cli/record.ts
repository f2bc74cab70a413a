import { DEFAULT_PORT } from '../local/server.ts'
import { connect } from '../node.ts'
import { printable } from '../printable.ts'
import { askPassphrase } from './passphrase.ts'
import { runningServer } from './running-server.ts'

export interface RecordCommand {
  readonly home: string
  readonly job: string
  readonly file?: string | undefined
  readonly url?: string
  /** Bytes of files up to which the record carries them. */
  readonly filesUpTo?: number
  readonly json: boolean
}

/** `dsage record` @throws BadArgument while the job runs, Refused when it is nobody's or another's, NotConnected */
export async function record({ home, job, file, url: given, filesUpTo, json }: RecordCommand): Promise<number> {
  const url = given ?? (await runningServer(home))?.url ?? `http://127.0.0.1:${DEFAULT_PORT}`
  const d = await connect(url, { home, passphrase: askPassphrase, connectTimeoutMs: 10_000 })
  try {
    const summary = await (await d.job(job)).record(file, filesUpTo === undefined ? {} : { filesUpTo })
    const { bytes, units, sha256 } = summary
    const text = `${printable(summary.file)}: ${units} units, ${bytes} bytes, SHA-256 ${sha256}`
    process.stdout.write(`${json ? JSON.stringify(summary) : text}\n`)
    return 0
  } finally {
    await d.close()
  }
}
