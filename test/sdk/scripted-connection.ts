/** A connection to a scripted server, for each test that starts one; both are closed after it. */
import { afterEach } from 'vitest'
import { connect, type DSage } from '../../sdk/dsage.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { type OnUnit, type ScriptedServer, scriptedServer } from './scripted-server.ts'

export interface ScriptedConnection {
  readonly server: ScriptedServer
  readonly d: DSage
}

/** What a file's tests start with; `close` ends it before the test does. */
export function scriptedConnections() {
  let close = async () => {}
  afterEach(() => close())
  const start = async (onUnit?: OnUnit): Promise<ScriptedConnection> => {
    const server = await scriptedServer(onUnit)
    const d = await connect(server.url, { key: OWNER_KEY.privateKey })
    close = async () => {
      await d.close()
      await server.close()
    }
    return { server, d }
  }
  return { start, close: () => close() }
}
