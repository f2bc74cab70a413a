import { createServer } from 'node:net'
import { StartFailed } from '../errors.ts'
import { makeHome } from './home.ts'
import { LocalProcess, packageScript } from './processes.ts'
import { serverSettings } from './server-settings.ts'

/** The port of the original's web interface. */
export const DEFAULT_PORT = 8082

/**
 * Flags of Node for a server, measured. A young generation of 16 MiB at most: with Node's own limit, 2,000 devices that connect grow the process by
 * 64 to 67 KiB each, with this one by 29 to 37; with 8 MiB a unit of two copies costs a tenth more CPU. An old generation that doubles before it is collected, not more: 10^6 units
 * that come in grow the process by 100 MiB instead of 180, for 5 % more CPU per unit (25 % growth: 60 MiB, but a third more CPU).
 */
export const SERVER_FLAGS: readonly string[] = ['--max-semi-space-size=16', '--heap-growing-percent=100']

export interface ServerOptions {
  /** Home directory. @default DSAGE_HOME of the environment, else ~/.dsage */
  readonly home?: string
  /** Port on loopback; 0 is any free one. @default DSAGE_PORT of the environment, else 8082, or any free one when that is taken */
  readonly port?: number
  /** `postgresql://…`. @default SQLite in the home directory */
  readonly databaseUrl?: string
  /** What the server logs: `silent`, `error`, `warn`, `info` or `debug`. @default DSAGE_LOG of the environment, else `info` */
  readonly log?: string
  /** Told what the researcher should know, a sentence. @default to standard error */
  readonly say?: (sentence: string) => void
}

/** A server that runs beside this process. */
export interface LocalServer {
  /** For example `http://127.0.0.1:8082`. */
  readonly url: string
  readonly pid: number
  readonly home: string
  /** Resolves when it has ended, for whatever reason. */
  readonly exited: Promise<void>
  stop(): Promise<void>
}

/** Whether nobody listens on this port of loopback. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

/** A server's process and whether it had to take another port than the usual one. */
async function startProcess(port: number | undefined, environment: Readonly<Record<string, string>>) {
  const start = (chosen?: number) =>
    LocalProcess.start({
      name: 'server',
      script: packageScript('server/main'),
      flags: SERVER_FLAGS,
      environment: { ...environment, ...(chosen === undefined ? {} : { DSAGE_PORT: String(chosen) }) },
    })
  if (port !== undefined || environment.DSAGE_PORT !== undefined) return { child: await start(port), elsewhere: false }
  if (await isFree(DEFAULT_PORT)) {
    try {
      return { child: await start(DEFAULT_PORT), elsewhere: false }
    } catch (error) {
      // Taken meanwhile, by another one that was started at the same time, if only to see whether it is free.
      if (!(error instanceof StartFailed && error.message.includes(`Port ${DEFAULT_PORT} is taken`))) throw error
    }
  }
  return { child: await start(0), elsewhere: true }
}

/**
 * Starts a server over a home that is set up first; it heeds the settings of a server (`DSAGE_RETENTION_DAYS`, `DSAGE_HOSTS`, …) in the
 * environment of this process. @throws StartFailed with the server's own sentence
 */
export async function server(options: ServerOptions = {}): Promise<LocalServer> {
  const { databaseUrl, log, say = (sentence) => process.stderr.write(`${sentence}\n`) } = options
  const { home } = await makeHome(options.home === undefined ? {} : { home: options.home })
  const { child, elsewhere } = await startProcess(options.port, {
    ...serverSettings(process.env),
    DSAGE_HOME: home,
    DSAGE_PARENT_STDIN: '1',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    ...(log === undefined ? {} : { DSAGE_LOG: log }),
  })
  const { url } = child.ready
  if (typeof url !== 'string') {
    await child.stop()
    throw new StartFailed('Expected the server to say its url when ready, it said none.')
  }
  if (elsewhere) say(`Port ${DEFAULT_PORT} is taken; the server listens at ${url} instead.`)
  return { url, home, pid: child.pid, exited: child.exited, stop: () => child.stop() }
}
