import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type ServerOptions, Server as SocketServer } from 'socket.io'
import * as parser from '../sdk/packet-parser.ts'
import { Administration, type AdministrationOptions } from './administration.ts'
import { Attendance } from './attendance.ts'
import type { AuthorizedKeys } from './auth/authorized-keys.ts'
import { DevicePace } from './auth/device-pace.ts'
import { type HomeKey, identifyDevices, isDeviceOf, knowsDeviceOf } from './auth/devices.ts'
import { LoginPace } from './auth/login-pace.ts'
import { Logins } from './auth/logins.ts'
import { hashOf } from './auth/secrets.ts'
import { Sessions } from './auth/sessions.ts'
import { Turns } from './check/turns.ts'
import { VerifySandbox } from './check/verify-sandbox.ts'
import { Checkpoints } from './checkpoints.ts'
import { Checks } from './checks.ts'
import { Connected } from './connected.ts'
import { Consequences } from './consequences.ts'
import { Coordinator, type CoordinatorOptions } from './coordinator.ts'
import { Crediting } from './crediting.ts'
import { Departures } from './departures.ts'
import { EngineChoice } from './engine-choice.ts'
import { Files } from './files.ts'
import { Live } from './live.ts'
import { Metrics } from './metrics.ts'
import { Networks } from './networks.ts'
import { type Pilot, Pilots } from './pilots.ts'
import { Reading } from './reading.ts'
import { rejectResult } from './rejecting.ts'
import { RunningUnits } from './running-units.ts'
import { Speakers } from './speakers.ts'
import { appeal, standingOf } from './standing.ts'
import { Status, type StatusSources } from './status.ts'
import type { Store } from './store/store.ts'
import { Sweeper } from './sweeper.ts'
import type { Timers } from './timers.ts'
import type { AccessOptions } from './transport/access.ts'
import type { Listening } from './transport/answering.ts'
import { serveHttp } from './transport/http.ts'
import { serveLive } from './transport/live.ts'
import { type AllowedHosts, whyForbidden } from './transport/origin.ts'
import { relayBans, relayCrowd, relayHints, relayProgress, relaySpeakers } from './transport/relay.ts'
import { type ResearcherTransport, serveResearchers } from './transport/researcher.ts'
import type { RestTransport } from './transport/rest-routes.ts'
import { serveVolunteers, type VolunteerTransport } from './transport/volunteer.ts'

export interface AppDependencies {
  readonly store: Store
  /** The home directory's token, the operator's account, for which it speaks, and who may log in. */
  readonly home: { readonly token: string; readonly accountId: number; readonly keys: AuthorizedKeys }
  readonly timers: Timers
  readonly log: Logger
  readonly version: string
  readonly allowedHosts: AllowedHosts
  /** Another site that leads to this server, from which sandbox frames are served; absent for none. */
  readonly sandboxOrigin?: string | undefined
  readonly minimumLeaseSeconds: number
  readonly graceSeconds: number
  /** Days for which a job that is over is kept; 0: for ever. */
  readonly retentionDays: number
  /** Seconds a job waits for somebody to take its closing sample. @default 600 */
  readonly closingSeconds?: number
  /** Seconds that a job's `verify` may take for one unit. @default 10 */
  readonly verifySeconds?: number
  /** Tells the networks of devices. @default no proxy is believed, no site is named */
  readonly networks?: Networks
  /** Tries jobs out before strangers are given any of their units; absent where they are given them at once. */
  readonly pilot?: Pilot
  /** Share of the disk that is free, 0 to 1, as last measured. */
  readonly freeDisk: () => number
  /** How the sockets of several servers hear each other's hints; absent for one server. */
  readonly adapter?: ServerOptions['adapter']
}
export interface App {
  /** Not listening yet. */
  readonly http: HttpServer
  /** For tests and `main`: one sweep of what is due. */
  readonly sweeper: Sweeper
  /** Takes nothing new, commits what is under way, closes sockets. The store is the caller's. */
  close(): Promise<void>
}
/** Above every message the schemas allow, so that one that is too large is refused by name instead of by a closed socket. */
const SOCKET_MESSAGE_BYTES = 32 * 1024 * 1024
const SWEEP_MS = 1000
/** Processes that run the `verify` of jobs, while any does. */
const VERIFIERS = 2

/** Puts the server together; the same for `main` and for every test. */
export function createApp(dependencies: AppDependencies): App {
  const { store, timers, log, networks = new Networks() } = dependencies
  const home = { tokenHash: hashOf(dependencies.home.token), accountId: dependencies.home.accountId }
  const metrics = new Metrics()
  const live = new Live(timers)
  const attendance = new Attendance({ store, timers, live, networks })
  const reading = new Reading(store, attendance.waitingOf.bind(attendance))
  const onFailure = (error: unknown): void => log.error({ err: error }, 'a transaction failed')
  const running = new RunningUnits({ timers, clock: () => performance.now(), placesOf: store.reads.placesOf.bind(store.reads) })
  const { coordinator, checks, pilots, administration, consequences, watch } = createEngine(dependencies, {
    ...{ live, attendance, metrics, onFailure },
    onEnded: running.ended.bind(running),
  })
  const departures = new Departures({ ...dependencies, coordinator, live, onFailure })
  const sweeper = new Sweeper({ ...dependencies, coordinator, metrics })
  let stopping = false
  const listening: Listening = {
    metrics,
    clock: () => performance.now(),
    onError: (error, event) => log.error({ err: error, event }, 'a message failed'),
  }
  const sessions = new Sessions(store, dependencies.home.keys, !dependencies.adapter)
  const logins = new Logins(store, dependencies.home.keys, sessions)
  const entry = { home, sessions, logins, networks, ...pacesOf(listening.clock), ...devicesOf(store, sessions, home) }
  const files = new Files({ store: store.files, freeDisk: dependencies.freeDisk })
  const connected = new Connected(reading, live, home.accountId)
  const checkpoints = new Checkpoints(dependencies)
  const verbs = verbsOf(dependencies, { coordinator, live, metrics })
  const shared = { ...entry, ...verbs, reading, connected, coordinator, administration, live, running, listening }
  const http = createHttp({ ...shared, files, isReady: () => !stopping }, dependencies)
  const sockets = createSockets(http, dependencies, attendance, (reason) => log.warn({ reason }, 'a connection was refused'))
  const speakers = new Speakers(live, timers, (copyOf, device) => log.info({ copyOf, device }, 'a copy of a device is a new device'))
  serveSockets(sockets, { ...shared, attendance, speakers, onGone: departures.left.bind(departures), checkpoints })
  if (dependencies.adapter) relay(sockets, { ...shared, attendance, timers, speakers, departures })
  const stopLive = serveLive(sockets.of('/live'), timers, verbs.status)
  const duties = everySecond(timers, [sweeper, sessions, checks, consequences, watch], onFailure)
  const close = async (): Promise<void> => {
    stopping = true
    for (const stopDuty of duties) stopDuty()
    stopLive()
    await Promise.all([checks.stop(), pilots?.stop(), consequences.stop()])
    await coordinator.stop()
    await setImmediate() // the last answers leave before their sockets close
    await sockets.close()
    departures.stop() // after the sockets: each of them departs
    await sweeper.runOnce().catch(onFailure)
    await coordinator.stop() // what the last sockets said after the first stop
  }
  return { http, sweeper, close }
}

/** The verbs behind every transport, and what judges results for them where a job says how. */
type EngineParts = Pick<CoordinatorOptions, 'live' | 'metrics' | 'onFailure' | 'onEnded'> & { readonly attendance: Attendance }

function createEngine(dependencies: AppDependencies, { attendance, ...parts }: EngineParts) {
  const { store, timers, log, verifySeconds } = dependencies
  const coordinator = new Coordinator({
    ...dependencies,
    ...parts,
    terms: attendance.terms,
    onSubmitted: attendance.submitted.bind(attendance),
    onCommit: (changes, trust) => {
      checks.changed(changes)
      consequences.committed(changes, trust)
      engines.committed(changes)
    },
    wantPilot: dependencies.pilot && ((job) => pilots?.want(job)),
    ...(log.isLevelEnabled('debug') ? { onLife: log.debug.bind(log) } : {}),
  })
  const sandbox = { timeoutSeconds: verifySeconds, complain: (sentence: string): void => log.warn(sentence) }
  const checks = new Checks({
    ...{ store, timers, quota: new Turns(), onFailure: parts.onFailure },
    verifiers: Array.from({ length: VERIFIERS }, () => new VerifySandbox(sandbox)),
    report: (reports) => coordinator.report(reports),
  })
  const administration = new Administration({ store, coordinator, live: parts.live, onAct: auditTo(log) })
  const consequences = new Consequences({
    timers,
    transact: coordinator.transact.bind(coordinator),
    revoke: coordinator.takeBack.bind(coordinator),
    ban: administration.banOnce.bind(administration),
    unban: administration.unban.bind(administration),
    onFailure: parts.onFailure,
    closingSeconds: dependencies.closingSeconds,
  })
  const engines = new EngineChoice({
    ...{ store, onFailure: parts.onFailure },
    leadingClass: attendance.leadingClass.bind(attendance),
    transact: coordinator.transact.bind(coordinator),
  })
  const pilots = createPilots(dependencies, coordinator, parts)
  return {
    coordinator,
    checks,
    pilots,
    administration,
    consequences,
    watch: { runOnce: () => attendance.runOnce(coordinator.jobs, coordinator.parking.size) },
  }
}

/** What tries jobs out; undefined where nothing does. */
function createPilots(
  { store, timers, pilot }: AppDependencies,
  coordinator: Coordinator,
  parts: Pick<CoordinatorOptions, 'live' | 'onFailure'>,
) {
  const pause = coordinator.pause.bind(coordinator)
  const onTried = async () => {
    await coordinator.jobs.refresh()
    coordinator.parking.wake(Number.POSITIVE_INFINITY)
    parts.live.offered()
  }
  return pilot && new Pilots({ store, timers, pilot, quota: new Turns(), pause, onTried, onFailure: parts.onFailure })
}

const pacesOf = (clock: () => number) => ({ pace: new LoginPace(clock), devicePace: new DevicePace(clock) })

const devicesOf = (store: Store, sessions: Sessions, home: HomeKey) => ({
  identify: identifyDevices(store, sessions, home),
  isDevice: isDeviceOf(store),
  knowsDevice: knowsDeviceOf(store),
})

interface Duty {
  runOnce(): Promise<unknown>
}
/** What ends each of them. */
const everySecond = (timers: Timers, duties: readonly Duty[], onFailure: (error: unknown) => void) =>
  duties.map((duty) => timers.every(SWEEP_MS, () => void duty.runOnce().catch(onFailure)))

/** What sockets and REST ask of the whole server. */
function verbsOf({ store, version }: AppDependencies, parts: Pick<StatusSources, 'coordinator' | 'live' | 'metrics'>) {
  const status = new Status({ version, startedAt: Date.now(), store, ...parts })
  const standing = { of: standingOf.bind(undefined, store), appeal: appeal.bind(undefined, store) }
  return { status: () => status.read(), reject: rejectResult.bind(undefined, store, parts.coordinator), standing }
}

const auditTo =
  (log: Logger): AdministrationOptions['onAct'] =>
  (act) =>
    log.info({ audit: true, ...act }, 'an admin acted')

function serveSockets(sockets: SocketServer, transport: VolunteerTransport & ResearcherTransport): void {
  serveVolunteers(sockets.of('/volunteer'), transport)
  serveResearchers(sockets.of('/researcher'), transport)
}

type Relaying = Pick<RestTransport, 'coordinator' | 'administration' | 'live'> &
  Pick<AppDependencies, 'timers'> &
  Pick<VolunteerTransport, 'running' | 'attendance' | 'speakers'> & { readonly departures: Departures }

/** What the servers of one database tell each other. */
function relay(sockets: SocketServer, relaying: Relaying): void {
  const { coordinator, administration, live, running, attendance, timers, speakers, departures } = relaying
  relayHints(sockets.of('/volunteer'), coordinator, live, timers)
  relayBans(sockets.of('/volunteer'), administration)
  relayProgress(sockets.of('/volunteer'), running)
  relayCrowd(sockets.of('/volunteer'), attendance.elsewhere)
  relaySpeakers(sockets.of('/volunteer'), speakers, departures.forget.bind(departures))
}

function createHttp(
  transport: Omit<RestTransport & AccessOptions, 'version' | 'allowedHosts' | 'crediting'>,
  { store, version, allowedHosts, sandboxOrigin, log }: AppDependencies,
): HttpServer {
  const onError = (error: unknown, path: string): void => log.error({ err: error, path }, 'a request failed')
  const crediting = new Crediting({ store, clock: Date.now })
  return createServer(serveHttp({ ...transport, crediting, version, allowedHosts, sandboxOrigin, onError }))
}

function createSockets(
  http: HttpServer,
  { allowedHosts, adapter }: AppDependencies,
  attendance: Attendance,
  onRefused: (reason: string) => void,
): SocketServer {
  const sockets = new SocketServer(http, {
    ...{ parser, transports: ['websocket'], serveClient: false, perMessageDeflate: false },
    ...{ maxHttpBufferSize: SOCKET_MESSAGE_BYTES, pingInterval: 10_000, pingTimeout: 20_000, connectTimeout: 10_000 },
    ...(adapter ? { adapter } : {}),
    allowRequest: (request, answer) => {
      const forbidden = whyForbidden(request, allowedHosts)
      if (forbidden) onRefused(forbidden.message)
      answer(forbidden?.message ?? null, !forbidden)
    },
  })
  sockets.use((_socket, next) => next(new Error('Expected a namespace of this server: /volunteer, /researcher or /live.')))
  sockets.engine.on('connection', (connection: { remoteAddress: string; request: IncomingMessage | null }) => {
    attendance.sees(connection, { address: connection.remoteAddress, headers: connection.request?.headers ?? {} })
    connection.request = null // the handshake's request would stay in memory as long as the socket
  })
  return sockets
}
