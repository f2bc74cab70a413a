import type { Namespace, Socket } from 'socket.io'
import type {
  ClusterStatus,
  ErrorCode,
  EventsAnswer,
  EventsRequest,
  JobSnapshot,
  RejectRequest,
  SubmitRequest,
} from '../../sdk/protocol.ts'
import { PROTOCOL_VERSION } from '../../sdk/protocol.ts'
import { type Identity, type Sessions, sessionEnded } from '../auth/sessions.ts'
import type { Connected } from '../connected.ts'
import type { Coordinator } from '../coordinator.ts'
import { PlatformError } from '../errors.ts'
import type { Live } from '../live.ts'
import type { Reading } from '../reading.ts'
import { refusalOf } from '../refusal.ts'
import type { RunningUnits } from '../running-units.ts'
import { handler, type Listening, listen } from './answering.ts'
import { recordAnswer } from './record-answer.ts'
import * as schemas from './schemas.ts'

export interface ResearcherTransport {
  readonly reading: Reading
  readonly coordinator: Coordinator
  readonly live: Live
  readonly running: RunningUnits
  readonly connected: Connected
  readonly sessions: Sessions
  readonly listening: Listening
  readonly status: () => Promise<ClusterStatus>
  /** @throws PlatformError */
  readonly reject: (ownerId: number, request: RejectRequest) => Promise<{ voided: boolean }>
}
/** Jobs one socket may watch. */
const WATCHED = 10_000

/** `/researcher`: whoever shows the session of a login submits jobs, reads their events and is hinted when there are more. */
export function serveResearchers(namespace: Namespace, transport: ResearcherTransport): void {
  const { live, running: units } = transport
  namespace.use((socket, next) => {
    identify(socket, transport.sessions).then(
      () => next(),
      (error) => next(Object.assign(new Error(String(error?.message)), { data: refusalOf(error) })),
    )
  })
  live.onHint((hint) => namespace.to(`job:${hint.job}`).emit('hint', hint))
  // Every server has all of it, and tells its own.
  units.onNews((job, running) => namespace.local.to(`job:${job}`).emit('progress', { job, running }))
  namespace.on('connection', (socket) => {
    const identity = identityOf(socket)
    const unwatch = transport.sessions.watch(identity, () => {
      socket.emit('refused', sessionEnded().refusal())
      socket.disconnect()
    })
    // It is in a room of its own, and in one for each job.
    const watchedJobs = () => Math.max(0, socket.rooms.size - 1)
    const leave = live.join({ accountId: identity.accountId, connectedAt: Date.now(), watchedJobs })
    socket.on('disconnect', () => {
      leave()
      unwatch()
    })
    listen(socket, handlersOf(new ResearcherSession(socket, transport), transport), transport.listening)
  })
}

const handlersOf = (session: ResearcherSession, { connected, coordinator, reading, reject, status }: ResearcherTransport) => ({
  submit: handler(schemas.submitRequest, (message) => session.submit(message)),
  add: handler(schemas.addRequest, (message) => coordinator.add(session.accountId, message)),
  events: handler(schemas.eventsRequest, (message) => session.events(message)),
  watch: handler(schemas.watchRequest, (message) => session.watch(message.job)),
  control: handler(schemas.controlRequest, async ({ job, action }) => {
    await coordinator.control(session.accountId, job, action)
    return reading.job(job)
  }),
  drop: handler(schemas.dropRequest, async ({ job, keys }) => ({ dropped: await coordinator.drop(session.accountId, job, keys) })),
  reject: handler(schemas.rejectRequest, (message) => reject(session.accountId, message)),
  jobs: handler(schemas.jobsRequest, (message) => reading.ownJobs(session.accountId, message)),
  manifest: handler(schemas.watchRequest, async ({ job }) => reading.manifest(await coordinator.jobOf(session.accountId, job))),
  units: handler(schemas.unitsRequest, async ({ job, after, limit }) => {
    await coordinator.jobOf(session.accountId, job)
    return reading.units(job, after, limit)
  }),
  record: handler(schemas.unitsRequest, async ({ job, after, limit }) =>
    recordAnswer(await coordinator.jobOf(session.accountId, job), await reading.unitRecords(job, after, limit)),
  ),
  differences: handler(schemas.watchRequest, async ({ job }) => {
    await coordinator.jobOf(session.accountId, job)
    return reading.differences(job)
  }),
  inputs: handler(schemas.dropRequest, async ({ job, keys }) => {
    await coordinator.jobOf(session.accountId, job)
    return reading.inputs(job, keys)
  }),
  status: handler(schemas.nothing, () => status()),
  workers: handler(schemas.workersRequest, ({ after, limit }) => connected.workers(after, limit)),
  workerCount: handler(schemas.nothing, () => connected.workerCount()),
  clients: handler(schemas.clientsRequest, async ({ limit }) => ({ clients: await connected.clients(session.accountId, limit) })),
})

class ResearcherSession {
  readonly #socket: Socket
  readonly #transport: ResearcherTransport

  readonly accountId: number

  constructor(socket: Socket, transport: ResearcherTransport) {
    this.accountId = identityOf(socket).accountId
    this.#socket = socket
    this.#transport = transport
  }

  async submit(request: SubmitRequest): Promise<JobSnapshot> {
    const { coordinator, reading } = this.#transport
    await this.#join(request.spec.job)
    const record = await coordinator.submit(this.accountId, request)
    return reading.job(record.job)
  }

  async watch(job: string): Promise<JobSnapshot> {
    const { coordinator, reading } = this.#transport
    await coordinator.jobOf(this.accountId, job)
    await this.#join(job)
    return this.#forOwner(await reading.job(job))
  }

  async events({ job, after, limit, console }: EventsRequest): Promise<EventsAnswer> {
    const { coordinator, reading } = this.#transport
    await coordinator.jobOf(this.accountId, job)
    const { events, snapshot } = await reading.events(job, after, limit, console)
    return { events, snapshot: await this.#forOwner(snapshot) }
  }

  async #forOwner(snapshot: JobSnapshot): Promise<JobSnapshot> {
    const { running, reading } = this.#transport
    const units = snapshot.units.open > 0 ? running.of(snapshot.job) : []
    const hasNote = snapshot.pilot !== undefined && snapshot.pilot !== 'passed' && snapshot.pilot !== 'running'
    const pilotNote = hasNote ? await reading.pilotNote(snapshot.job) : undefined
    return { ...snapshot, ...(units.length > 0 && { running: units }), ...(pilotNote !== undefined && { pilotNote }) }
  }

  async #join(job: string): Promise<void> {
    if (this.#socket.rooms.size > WATCHED) {
      throw new PlatformError('server-busy', `Expected at most ${WATCHED} jobs watched by one connection: open another.`)
    }
    await this.#socket.join(`job:${job}`)
  }
}

const identityOf = (socket: Socket): Identity => socket.data.identity

/** @throws PlatformError */
async function identify(socket: Socket, sessions: Sessions): Promise<void> {
  const { protocol, session } = socket.handshake.auth as { protocol?: unknown; session?: unknown }
  if (protocol !== PROTOCOL_VERSION) {
    const code: ErrorCode = typeof protocol === 'number' && protocol > PROTOCOL_VERSION ? 'client-too-new' : 'client-too-old'
    throw new PlatformError(code, `Expected protocol ${PROTOCOL_VERSION}, got ${String(protocol)}: use the same version on both sides.`)
  }
  if (typeof session !== 'string') {
    throw new PlatformError('unauthorised', 'Expected `session`, which POST /api/v1/login gives: log in with a key.')
  }
  socket.data.identity = await sessions.identityOf(session)
}
