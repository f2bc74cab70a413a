/** The portal's files and pages, and the two sandbox frames, each under its own policy. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import express, { type Express, type Request, type Response } from 'express'
import { PlatformError } from '../errors.ts'
import type { AllowedHosts } from './origin.ts'
import { LOADERS, type Loader, sandboxFrame } from './sandbox-frame.ts'

const DIST = fileURLToPath(new URL('../../portal/dist', import.meta.url))
/** The paths of portal/routes.ts; all of them are one document, whose script shows the page. */
const PAGE = /^\/(volunteer|jobs|jobs\/[0-9a-f]{32}|devices|leaderboard|admin)\/?$/
/** No page may load it: the server puts it into the frames. */
const FRAME_SCRIPT = 'sandbox-frame.js'

/**
 * Only the portal's own files, no inline script or style, and frames and workers of this server alone. Cross-origin isolation keeps other
 * sites out of its process; a worker's script has to carry it too.
 */
const portalHeaders = ({ sandboxOrigin = '' }: PagesOptions) => ({
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "connect-src 'self'",
    `frame-src 'self' ${sandboxOrigin}`.trim(),
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
})

export interface PagesOptions {
  /**
   * Where the sandbox frames are served from, for example `https://sandbox.example`: another site that leads to this server. Browsers then
   * give strangers' code a process of its own. Absent: from wherever the page is.
   */
  readonly sandboxOrigin?: string | undefined
  readonly allowedHosts: AllowedHosts
}

/** After everything else: files named after their content are kept for a year, an unknown path is a page that says so or nothing. */
export function servePages(app: Express, options: PagesOptions): void {
  serveFrames(app, options)
  const headers = portalHeaders(options)
  const setHeaders = (response: Response): void => void response.set(headers)
  const sendPage = (response: Response, status: number): void => {
    const all = { ...headers, 'Cache-Control': 'no-cache' }
    response.status(status).sendFile('index.html', { root: DIST, cacheControl: false, headers: all })
  }
  const files = express.static(DIST, { index: 'index.html', redirect: false, maxAge: 0, setHeaders })
  app.use('/assets', express.static(`${DIST}/assets`, { index: false, redirect: false, immutable: true, maxAge: '1y', setHeaders }))
  app.use((request, response, next) => (request.path === `/${FRAME_SCRIPT}` ? next() : files(request, response, next)))
  app.use((request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next()
    if (PAGE.test(request.path)) return sendPage(response, 200)
    // A person who mistyped an address gets a page that says so, a program the refusal.
    if (isPerson(request)) return sendPage(response, 404)
    next()
  })
}

const isPerson = (request: Request): boolean => !request.path.startsWith('/api/') && request.accepts(['json', 'html']) === 'html'

function serveFrames(app: Express, { sandboxOrigin, allowedHosts }: PagesOptions): void {
  const script = readFrameScript()
  const ancestors = sandboxOrigin ? ["'self'", ...LOOPBACK, ...allowedHosts].join(' ') : "'self'"
  for (const loader of LOADERS) {
    const frame = script === undefined ? undefined : sandboxFrame({ loader, script, ancestors })
    app.get(pathOf(loader), (request, response) => {
      if (!frame) throw new PlatformError('not-found', 'Expected the sandbox to be built: run npm start, which builds what is missing.')
      for (const name of response.getHeaderNames()) response.removeHeader(name) // those of pages, which this is not
      response.set(frame.headers)
      // The page asks here, wherever it is: so it need not know, and its policy names both.
      const elsewhere = sandboxOrigin && new URL(sandboxOrigin).host !== request.headers.host
      if (elsewhere) response.redirect(307, sandboxOrigin + pathOf(loader))
      else response.send(frame.body)
    })
  }
}

const pathOf = (loader: Loader): string => `/sandbox/${loader}.html`
/** Pages of this server that may embed its frames, beside those of the configured hosts. */
const LOOPBACK = ['http://127.0.0.1:*', 'http://localhost:*']

/** Read once: the policy holds the hash of these bytes. */
function readFrameScript(): string | undefined {
  try {
    return readFileSync(`${DIST}/${FRAME_SCRIPT}`, 'utf8')
  } catch {
    return undefined
  }
}
