import type { Namespace, Socket } from 'socket.io'
import type { ClusterStatus, ErrorCode, EventsAnswer, EventsRequest, JobSnapshot, SubmitRequest } from '../../sdk/protocol.ts'
import { PROTOCOL_VERSION } from '../../sdk/protocol.ts'
import type { HomeKey } from '../auth/devices.ts'
import { matches } from '../auth/secrets.ts'
import type { Coordinator } from '../coordinator.ts'
import { PlatformError } from '../errors.ts'
import type { Live } from '../live.ts'
import type { Reading } from '../reading.ts'
import { handler, type Listening, listen } from './answering.ts'
import * as schemas from './schemas.ts'

export interface ResearcherTransport {
  readonly reading: Reading
  readonly coordinator: Coordinator
  readonly live: Live
  readonly home: HomeKey
  readonly listening: Listening
  readonly status: () => Promise<ClusterStatus>
}
/** Jobs one socket may watch. */
const WATCHED = 10_000

/** `/researcher`: whoever shows the home token submits jobs, reads their events and is hinted when there are more. */
export function serveResearchers(namespace: Namespace, transport: ResearcherTransport): void {
  const { live } = transport
  namespace.use((socket, next) => {
    const refused = whyRefused(socket, transport.home)
    next(refused && Object.assign(new Error(refused.message), { data: refused.refusal() }))
  })
  live.onHint((hint) => namespace.to(`job:${hint.job}`).emit('hint', hint))
  namespace.on('connection', (socket) => {
    live.researchers += 1
    socket.on('disconnect', () => {
      live.researchers -= 1
    })
    listen(socket, handlersOf(new ResearcherSession(socket, transport), transport), transport.listening)
  })
}

const handlersOf = (session: ResearcherSession, { coordinator, home, reading, status }: ResearcherTransport) => ({
  submit: handler(schemas.submitRequest, (message) => session.submit(message)),
  add: handler(schemas.addRequest, (message) => coordinator.add(home.accountId, message)),
  events: handler(schemas.eventsRequest, (message) => session.events(message)),
  watch: handler(schemas.watchRequest, (message) => session.watch(message.job)),
  control: handler(schemas.controlRequest, async ({ job, action }) => {
    await coordinator.control(home.accountId, job, action)
    return reading.job(job)
  }),
  drop: handler(schemas.dropRequest, async ({ job, keys }) => ({ dropped: await coordinator.drop(home.accountId, job, keys) })),
  jobs: handler(schemas.jobsRequest, (message) => reading.ownJobs(home.accountId, message)),
  manifest: handler(schemas.watchRequest, async ({ job }) => reading.manifest(await coordinator.jobOf(home.accountId, job))),
  units: handler(schemas.unitsRequest, async ({ job, after, limit }) => {
    await coordinator.jobOf(home.accountId, job)
    return reading.units(job, after, limit)
  }),
  inputs: handler(schemas.dropRequest, async ({ job, keys }) => {
    await coordinator.jobOf(home.accountId, job)
    return reading.inputs(job, keys)
  }),
  status: handler(schemas.nothing, () => status()),
})

class ResearcherSession {
  readonly #socket: Socket
  readonly #transport: ResearcherTransport

  constructor(socket: Socket, transport: ResearcherTransport) {
    this.#socket = socket
    this.#transport = transport
  }

  async submit(request: SubmitRequest): Promise<JobSnapshot> {
    const { coordinator, home, reading } = this.#transport
    await this.#join(request.spec.job)
    const record = await coordinator.submit(home.accountId, request)
    return reading.job(record.job)
  }

  async watch(job: string): Promise<JobSnapshot> {
    const { coordinator, home, reading } = this.#transport
    await coordinator.jobOf(home.accountId, job)
    await this.#join(job)
    return reading.job(job)
  }

  async events({ job, after, limit, console }: EventsRequest): Promise<EventsAnswer> {
    const { coordinator, home, reading } = this.#transport
    await coordinator.jobOf(home.accountId, job)
    return reading.events(job, after, limit, console)
  }

  async #join(job: string): Promise<void> {
    if (this.#socket.rooms.size > WATCHED) {
      throw new PlatformError('server-busy', `Expected at most ${WATCHED} jobs watched by one connection: open another.`)
    }
    await this.#socket.join(`job:${job}`)
  }
}

function whyRefused(socket: Socket, home: HomeKey): PlatformError | undefined {
  const { protocol, token } = socket.handshake.auth as { protocol?: unknown; token?: unknown }
  if (protocol !== PROTOCOL_VERSION) {
    const code: ErrorCode = typeof protocol === 'number' && protocol > PROTOCOL_VERSION ? 'client-too-new' : 'client-too-old'
    return new PlatformError(code, `Expected protocol ${PROTOCOL_VERSION}, got ${String(protocol)}: use the same version on both sides.`)
  }
  if (typeof token === 'string' && matches(token, home.tokenHash)) return undefined
  return new PlatformError('unauthorised', 'Expected the token of this server’s home directory: read it from the file `token` there.')
}
