import type { ClusterStatus, DeviceStanding, RejectRequest } from '../../sdk/protocol.ts'
import type { Administration } from '../administration.ts'
import type { HomeKey } from '../auth/devices.ts'
import type { Logins } from '../auth/logins.ts'
import type { Connected } from '../connected.ts'
import type { Coordinator } from '../coordinator.ts'
import type { Crediting } from '../crediting.ts'
import type { Files } from '../files.ts'
import type { Live } from '../live.ts'
import type { Reading } from '../reading.ts'
import { openApiOf } from './openapi.ts'
import { type Route, route } from './rest.ts'
import { adminRoutes } from './rest-admin.ts'
import { connectedRoutes } from './rest-connected.ts'
import { creditRoutes } from './rest-credit.ts'
import { deviceRoutes } from './rest-devices.ts'
import { fileRoutes } from './rest-files.ts'
import { jobRoutes } from './rest-jobs.ts'
import { loginRoutes } from './rest-login.ts'
import * as rest from './rest-schemas.ts'
import { standingRoutes } from './rest-standing.ts'

export interface RestTransport {
  readonly reading: Reading
  readonly coordinator: Coordinator
  readonly administration: Administration
  readonly live: Live
  readonly connected: Connected
  readonly logins: Logins
  readonly files: Files
  readonly crediting: Crediting
  readonly home: HomeKey
  readonly status: () => Promise<ClusterStatus>
  /** @throws PlatformError */
  readonly reject: (ownerId: number, request: RejectRequest) => Promise<{ voided: boolean }>
  /** What is known of a device's word. */
  readonly standing: {
    readonly of: (device: string, after: string | undefined, limit: number) => Promise<DeviceStanding>
    readonly appeal: (device: string, text: string) => Promise<void>
  }
  /** Whether new work is taken. */
  readonly isReady: () => boolean
  /** Of the server. */
  readonly version: string
}
const openToAll = { method: 'get', access: 'none' } as const

/** Everything that is not a stream, by the same verbs as the sockets. */
export function routesOf(transport: RestTransport): Route[] {
  const devices = [...connectedRoutes(transport), ...deviceRoutes(transport), ...standingRoutes(transport), ...adminRoutes(transport)]
  const operations = [...loginRoutes(transport), ...devices, ...jobRoutes(transport), ...fileRoutes(transport), ...creditRoutes(transport)]
  const routes = [...serverRoutes(transport), ...operations]
  const openApi = route({
    ...{ ...openToAll, path: '/api/v1/openapi.json', summary: 'This document', answer: rest.document },
    answerTo: async () => document,
  })
  const all = [...routes, openApi]
  const document = openApiOf(all, transport.version)
  return all
}

const serverRoutes = ({ status, isReady }: RestTransport): Route[] => [
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
]
