import type { ClusterStatus, JobAction } from '../../sdk/protocol.ts'
import type { HomeKey } from '../auth/devices.ts'
import type { Coordinator } from '../coordinator.ts'
import type { Live } from '../live.ts'
import type { Reading } from '../reading.ts'
import { openApiOf } from './openapi.ts'
import { type Route, route, shaped } from './rest.ts'
import { resultsOf, unitsOf } from './rest-payloads.ts'
import * as rest from './rest-schemas.ts'
import * as sockets from './schemas.ts'

export interface RestTransport {
  readonly reading: Reading
  readonly coordinator: Coordinator
  readonly live: Live
  readonly home: HomeKey
  readonly status: () => Promise<ClusterStatus>
  /** Whether new work is taken. */
  readonly isReady: () => boolean
  /** Of the server. */
  readonly version: string
}
const JOB = '/api/v1/jobs/:job'
const openToAll = { method: 'get', needsToken: false } as const
const read = { method: 'get', needsToken: true } as const
const write = { method: 'post', needsToken: true } as const

/** Everything that is not a stream, by the same verbs as the sockets. */
export function routesOf(transport: RestTransport): Route[] {
  const routes = [
    ...clusterRoutes(transport),
    ...jobRoutes(transport),
    ...(['pause', 'resume', 'cancel'] as const).map(controlRoute(transport)),
  ]
  const openApi = route({
    ...{ ...openToAll, path: '/api/v1/openapi.json', summary: 'This document', answer: rest.document },
    answerTo: async () => document,
  })
  const all = [...routes, openApi]
  const document = openApiOf(all, transport.version)
  return all
}

const clusterRoutes = ({ reading, live, status, isReady }: RestTransport): Route[] => [
  route({
    ...openToAll,
    path: '/healthz',
    summary: 'Whether the server lives',
    answer: rest.alive,
    answerTo: async () => ({ ok: true as const }),
  }),
  route({
    ...{ ...openToAll, path: '/readyz', summary: 'Whether new work is taken; 503 when not', answer: rest.ready },
    answerTo: async () => ({ ready: isReady() }),
    statusOf: ({ ready }) => (ready ? 200 : 503),
  }),
  route({ ...openToAll, path: '/api/v1/status', summary: 'The cluster as measured by this server', answer: rest.status, answerTo: status }),
  route({
    ...{ ...openToAll, path: '/api/v1/devices', summary: 'Devices, newest first', query: rest.page, answer: rest.devices },
    answerTo: async ({ query }) => {
      const page = await reading.devices(query.after, query.limit)
      return { ...page, rows: page.rows.map((row) => ({ ...row, connected: live.isConnectedId(row.device) })) }
    },
  }),
]

const jobRoutes = ({ coordinator, home, reading }: RestTransport): Route[] => [
  route({
    ...{ ...openToAll, path: '/api/v1/jobs', summary: 'Jobs, newest first', query: rest.page, answer: rest.jobs },
    answerTo: async ({ query }) => {
      const page = await reading.jobs(query.after, query.limit)
      return { ...page, rows: [...page.rows] }
    },
  }),
  route({ ...openToAll, path: JOB, summary: 'One job', answer: rest.snapshot, answerTo: ({ job }) => reading.job(job) }),
  route({
    ...{
      ...write,
      path: '/api/v1/jobs',
      summary: 'Submit a job; a second time it is the same job',
      body: rest.submission,
      answer: rest.snapshot,
    },
    answerTo: async ({ body }) => {
      const message = { ...body, code: Buffer.from(body.code), units: unitsOf(body.units) }
      const record = await coordinator.submit(home.accountId, await shaped(sockets.submitRequest, message, 'body'))
      return reading.job(record.job)
    },
  }),
  route({
    ...{ ...write, path: `${JOB}/units`, summary: 'Add units; those that are there already stay', body: rest.addition, answer: rest.added },
    answerTo: ({ job, body }) => coordinator.add(home.accountId, { job, units: unitsOf(body.units), inputsComplete: body.inputsComplete }),
  }),
  route({
    ...{ ...read, path: `${JOB}/results`, summary: 'What was decided, in its order', query: rest.eventsPage, answer: rest.results },
    answerTo: async ({ job, query }) => {
      await coordinator.jobOf(home.accountId, job)
      return resultsOf(await reading.events(job, query.after, query.limit))
    },
  }),
  route({
    ...{ ...write, path: `${JOB}/drop`, summary: 'Drop units that are no longer wanted', body: rest.dropping, answer: rest.dropped },
    answerTo: async ({ job, body }) => ({ dropped: await coordinator.drop(home.accountId, job, body.keys) }),
  }),
]

const controlRoute =
  ({ coordinator, home, reading }: RestTransport) =>
  (action: JobAction): Route =>
    route({
      ...{ ...write, path: `${JOB}/${action}`, summary: `${action[0]?.toUpperCase()}${action.slice(1)} a job`, answer: rest.snapshot },
      answerTo: async ({ job }) => {
        await coordinator.control(home.accountId, job, action)
        return reading.job(job)
      },
    })
