import express, { type NextFunction, type Request, type Response } from 'express'
import { PlatformError, statusOfError } from '../errors.ts'
import { refusalOf } from '../refusal.ts'
import { type AccessOptions, Guard } from './access.ts'
import { whyForbidden } from './origin.ts'
import { type PagesOptions, servePages } from './pages.ts'
import { serveRoutes } from './rest.ts'
import { type RestTransport, routesOf } from './rest-routes.ts'

export interface HttpTransport extends RestTransport, PagesOptions, AccessOptions {
  readonly onError: (error: unknown, path: string) => void
}

/** REST, the portal's files, and whether the server lives. */
export function serveHttp(transport: HttpTransport): express.Express {
  const app = express()
  app.disable('x-powered-by')
  app.use((request, response, next) => {
    response.set(securityHeaders)
    next(whyForbidden(request, transport.allowedHosts))
  })
  serveRoutes(app, routesOf(transport), new Guard(transport))
  servePages(app, transport)
  app.use((request, _response, next) => next(new PlatformError('not-found', `Expected a page of this server, got ${request.path}.`)))
  app.use((thrown: unknown, request: Request, response: Response, _next: NextFunction) => {
    const error = isAskersFault(thrown)
      ? new PlatformError('bad-message', 'Expected a well-formed path of this server: correct it.')
      : thrown
    if (!(error instanceof PlatformError)) transport.onError(error, request.path)
    const refusal = refusalOf(error)
    if (statusOfError[refusal.code] === 401) response.set('WWW-Authenticate', 'Bearer')
    if (refusal.retryAfterMs !== undefined) response.set('Retry-After', `${Math.ceil(refusal.retryAfterMs / 1000)}`)
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
