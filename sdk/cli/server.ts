import { StartFailed } from '../errors.ts'
import { server } from '../local/server.ts'
import { aborted, interruption } from './interruption.ts'
import { recordServer } from './running-server.ts'

export interface ServerCommand {
  readonly home: string
  readonly port?: number
  readonly databaseUrl?: string
}

/** `dsage server`: until Ctrl-C. @throws StartFailed when it does not start or ends by itself */
export async function runServer({ home, port, databaseUrl }: ServerCommand): Promise<number> {
  const signal = interruption()
  const running = await server({ home, ...(port === undefined ? {} : { port }), ...(databaseUrl === undefined ? {} : { databaseUrl }) })
  const forget = await recordServer(home, running.url)
  try {
    process.stdout.write(`The server listens at ${running.url}, on this machine only; Ctrl-C stops it.\n`)
    await Promise.race([aborted(signal), running.exited])
    if (!signal.aborted) throw new StartFailed(`The server ended by itself; ${home}/server.log says why.`)
    return 0
  } finally {
    await running.stop()
    await forget()
  }
}
