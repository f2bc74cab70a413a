import { type Route, route } from './rest.ts'
import type { RestTransport } from './rest-routes.ts'
import * as rest from './rest-schemas.ts'

/** Who is connected to this server now. */
export const connectedRoutes = ({ connected }: RestTransport): Route[] => [
  route({
    ...{ method: 'get', access: 'none', path: '/api/v1/workers', query: rest.page, answer: rest.devices },
    summary: 'Devices that are connected to this server, newest first',
    answerTo: async ({ query }) => {
      const page = await connected.workers(query.after, query.limit)
      return { ...page, rows: [...page.rows] }
    },
  }),
  route({
    ...{ method: 'get', access: 'none', path: '/api/v1/workers/count', answer: rest.workerCount },
    summary: 'How many of them hold units to compute, and how many none',
    answerTo: () => connected.workerCount(),
  }),
  route({
    ...{ method: 'get', access: 'required', path: '/api/v1/clients', query: rest.clientsPage, answer: rest.clients },
    summary: 'Your connections to this server as a researcher, newest first; to the operator everybody’s',
    answerTo: async ({ query, asker }) => ({ clients: await connected.clients(asker!.accountId, query.limit) }),
  }),
]
