import { fileURLToPath } from 'node:url'
import express, { type NextFunction, type Request, type Response } from 'express'
import type { ClusterStatus, DeviceRow, Page } from '../../sdk/protocol.ts'
import { PlatformError, statusOfError } from '../errors.ts'
import type { Live } from '../live.ts'
import type { Reading } from '../reading.ts'
import { refusalOf } from '../refusal.ts'
import { type AllowedHosts, whyForbidden } from './origin.ts'

export interface HttpTransport {
  readonly reading: Reading
  readonly live: Live
  readonly status: () => Promise<ClusterStatus>
  /** Whether new work is taken. */
  readonly isReady: () => boolean
  readonly allowedHosts: AllowedHosts
  readonly onError: (error: unknown, path: string) => void
}
const PAGE_ROWS = 50
const portal = (folder: string): string => fileURLToPath(new URL(`../../portal/${folder}`, import.meta.url))

/** REST under `/api/v1`, the portal's files, and whether the server lives. */
export function serveHttp(transport: HttpTransport): express.Express {
  const app = express()
  app.disable('x-powered-by')
  app.use((request, response, next) => {
    response.set(securityHeaders)
    next(whyForbidden(request, transport.allowedHosts))
  })
  app.get('/healthz', (_request, response) => void response.json({ ok: true }))
  app.get('/readyz', (_request, response) => void response.status(transport.isReady() ? 200 : 503).json({ ready: transport.isReady() }))
  app.use('/api/v1', api(transport))
  app.use(express.static(portal('dist'), { index: 'index.html', maxAge: 0 }))
  app.use((request, _response, next) => next(new PlatformError('not-found', `Expected a page of this server, got ${request.path}.`)))
  app.use((thrown: unknown, request: Request, response: Response, _next: NextFunction) => {
    const error = isAskersFault(thrown)
      ? new PlatformError('bad-message', 'Expected a well-formed path of this server: correct it.')
      : thrown
    if (!(error instanceof PlatformError)) transport.onError(error, request.path)
    const refusal = refusalOf(error)
    response.status(statusOfError[refusal.code]).json({ error: refusal })
  })
  return app
}

/** Express and its file server mark what the request is to blame for with a status of 4xx, such as a path that cannot be decoded. */
function isAskersFault(error: unknown): boolean {
  const status = (error as { status?: unknown } | undefined)?.status
  return typeof status === 'number' && status >= 400 && status < 500
}

const securityHeaders = {
  'Content-Security-Policy': "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}

function api({ reading, live, status }: HttpTransport): express.Router {
  const router = express.Router()
  router.get('/status', async (_request, response) => void response.json(await status()))
  router.get('/jobs', async (request, response) => void response.json(await reading.jobs(...pageOf(request))))
  router.get('/jobs/:job', async (request, response) => void response.json(await reading.job(request.params.job)))
  router.get('/devices', async (request, response) => {
    const page = await reading.devices(...pageOf(request))
    const rows = page.rows.map((row): DeviceRow => ({ ...row, connected: live.isConnectedId(row.device) }))
    response.json({ ...page, rows } satisfies Page<DeviceRow>)
  })
  return router
}

/** `?after=` and `?limit=` of a list, 1 to 200 rows. */
function pageOf(request: Request): [after: string | undefined, limit: number] {
  const { after, limit } = request.query
  const rows = limit === undefined ? PAGE_ROWS : Number(limit)
  if (!Number.isInteger(rows) || rows < 1 || rows > 200) {
    throw new PlatformError('bad-message', `Expected limit to be an integer from 1 to 200, got ${JSON.stringify(limit)}.`)
  }
  if (after !== undefined && (typeof after !== 'string' || !/^\d{1,10}$/.test(after))) {
    throw new PlatformError('bad-message', `Expected after to be the \`next\` of the page before, got ${JSON.stringify(after)}.`)
  }
  return [after, rows]
}
