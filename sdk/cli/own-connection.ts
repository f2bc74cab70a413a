import type { DSage } from '../dsage.ts'
import { DEFAULT_PORT } from '../local/server.ts'
import { connect } from '../node.ts'
import { askPassphrase } from './passphrase.ts'
import { readStatus } from './rest.ts'
import { runningServer } from './running-server.ts'

/** Whose server a command speaks to. */
export interface ServerWish {
  readonly home: string
  readonly url?: string
}

/** What `use` gives over a connection to the server named, else to that of this home, else at the usual port. Nothing is started. @throws NotConnected at once when none is there */
export async function withServer<Given>({ home, url: given }: ServerWish, use: (d: DSage) => Promise<Given>): Promise<Given> {
  const url = given ?? (await runningServer(home))?.url ?? `http://127.0.0.1:${DEFAULT_PORT}`
  await readStatus(url)
  const d = await connect(url, { home, passphrase: askPassphrase, connectTimeoutMs: 10_000 })
  try {
    return await use(d)
  } finally {
    await d.close()
  }
}
