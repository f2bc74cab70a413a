/** The composition root: reads the environment, makes timers and connections, starts the server, stops it gracefully. */
import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import pino, { type Logger } from 'pino'
import { loginName } from '../sdk/key-files/key-files.ts'
import { type App, type AppDependencies, createApp } from './app.ts'
import { AuthorizedKeys } from './auth/authorized-keys.ts'
import { PilotSandbox } from './check/pilot-sandbox.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { readHomeKey, readHomeToken } from './home.ts'
import { Networks } from './networks.ts'
import { openStore, type StoreLocation } from './store/open-store.ts'
import { becomeSoleServer } from './store/sole-server.ts'
import { StorageError } from './store/storage-error.ts'
import type { Timers } from './timers.ts'

const HOST = '127.0.0.1'
const DISK_CHECK_MS = 10_000
/** A graceful stop may take this long before the process ends all the same, milliseconds. */
const STOP_MS = 10_000

const timers: Timers = {
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
  every(milliseconds, run) {
    const timer = setInterval(run, milliseconds)
    return () => clearInterval(timer)
  },
}

async function main(): Promise<void> {
  const config = readConfig({ ...process.env, DSAGE_HOME: process.env.DSAGE_HOME || join(homedir(), '.dsage') })
  process.umask(0o077) // database and log are the owner's alone, wherever they lie
  const token = await readHomeToken(config.home)
  const ownKey = await readHomeKey(config.home)
  if (config.store.database === 'sqlite') becomeSoleServer(config.store.file)
  const log = await openLog(config)
  const store = await openStore(config.store, Date.now)
  const operator = loginName()
  const accountId = await store.ensureAccount(operator, 'admin')
  if (config.onlySetup) {
    await store.close()
    return sayReady({ account: operator })
  }
  const onWarning = (sentence: string): void => log.warn(sentence)
  const keys = await AuthorizedKeys.open({ ownKey, operator, file: join(config.home, 'authorized_keys'), onWarning })
  const app = createApp({
    ...{ store, timers, log, version: versionOf(), home: { token, accountId, keys } },
    ...{ allowedHosts: config.allowedHosts, sandboxOrigin: config.sandboxOrigin, minimumLeaseSeconds: config.minimumLeaseSeconds },
    ...{ graceSeconds: config.graceSeconds, retentionDays: config.retentionDays, closingSeconds: config.closingSeconds },
    networks: new Networks(config.proxies, config.sites),
    pilot: new PilotSandbox((sentence) => log.warn(sentence)),
    freeDisk: watchDisk(config.store, config.home),
    ...(await adapterOf(config.store)),
  })
  await app.sweeper.runOnce() // knows the open jobs before the first device asks
  await listen(app, config)
  const { port } = app.http.address() as AddressInfo
  log.info({ port, database: store.database }, 'listening on loopback only: there is no TLS yet')
  stopOnSignals(config, log, async () => {
    await app.close()
    await store.close()
  })
  sayReady({ url: `http://${HOST}:${port}` })
}

const sayReady = (what: object): void => void process.stdout.write(`${JSON.stringify({ ready: true, ...what })}\n`)

/** Opened before anything else may fail: an end while it opens would end in its error. */
function openLog({ home, logLevel }: Config): Promise<Logger> {
  const destination = pino.destination({ dest: join(home, 'server.log'), sync: false })
  return new Promise((resolve, reject) => {
    destination.once('ready', () => resolve(pino({ level: logLevel, base: null }, destination)))
    // Later it is a full disk: what cannot be logged must not end the server.
    destination.on('error', (error: Error) => reject(new ConfigError(`Expected to write the log in ${home}: ${error.message}.`)))
  })
}

function versionOf(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** Measures the share of free disk every ten seconds; 1 where it cannot be known. */
function watchDisk(location: StoreLocation, home: string): () => number {
  let free = 1
  const folder = location.database === 'sqlite' ? dirname(location.file) : home
  const measure = (): void => {
    statfs(folder).then(
      ({ bavail, blocks }) => {
        free = blocks > 0 ? bavail / blocks : 1
      },
      () => {
        free = 1
      },
    )
  }
  measure()
  timers.every(DISK_CHECK_MS, measure)
  return () => free
}

/** Servers that share a PostgreSQL relay each other's hints through it. */
async function adapterOf(location: StoreLocation): Promise<Pick<AppDependencies, 'adapter'>> {
  if (location.database !== 'postgresql') return {}
  const { createAdapter } = await import('@socket.io/postgres-adapter')
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({ connectionString: location.url, max: 2 })
  // A lost connection would end the process; the adapter and the next query open another.
  pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}))
  // One transaction; the lock, because IF NOT EXISTS of two servers that start at once can both find it missing.
  await pool.query(
    `SELECT pg_advisory_xact_lock(72707370);
    CREATE TABLE IF NOT EXISTS socket_io_attachments (id bigserial UNIQUE, created_at timestamptz DEFAULT now(), payload bytea)`,
  )
  return { adapter: createAdapter(pool) as AppDependencies['adapter'] }
}

function listen(app: App, config: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    app.http.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      reject(
        new ConfigError(taken ? `Port ${config.port} is taken: stop what uses it or set DSAGE_PORT.` : `Cannot listen: ${error.message}.`),
      )
    })
    app.http.listen(config.port, HOST, resolve)
  })
}

function stopOnSignals(config: Config, log: Logger, stop: () => Promise<void>): void {
  let stopping = false
  const once = (why: string): void => {
    if (stopping) return
    stopping = true
    log.info({ why }, 'stopping')
    setTimeout(() => process.exit(1), STOP_MS).unref()
    stop().then(
      () => process.exit(0),
      (error) => {
        log.error({ err: error }, 'the stop failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => once('SIGTERM'))
  process.on('SIGINT', () => once('SIGINT'))
  if (config.stopWithParent)
    process.stdin
      .on('end', () => once('the parent is gone'))
      .on('error', () => once('the parent is gone'))
      .resume()
}

main().catch((error: unknown) => {
  const expected = error instanceof ConfigError || error instanceof StorageError
  process.stderr.write(
    `${expected ? (error as Error).message : `The server could not start: ${String((error as Error)?.stack ?? error)}`}\n`,
  )
  process.exit(1)
})
