/** The portal's files and pages, and the two sandbox frames, each under its own policy. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import express, { type Express, type Request, type Response } from 'express'
import { PlatformError } from '../errors.ts'
import { LOADERS, sandboxFrame } from './sandbox-frame.ts'

const DIST = fileURLToPath(new URL('../../portal/dist', import.meta.url))
/** The paths of portal/routes.ts; all of them are one document, whose script shows the page. */
const PAGE = /^\/(volunteer|jobs|jobs\/[0-9a-f]{32}|devices|leaderboard|admin)\/?$/
/** No page may load it: the server puts it into the frames. */
const FRAME_SCRIPT = 'sandbox-frame.js'

/**
 * Only the portal's own files, no inline script or style, and frames and workers of this server alone. Cross-origin isolation keeps other
 * sites out of its process; a worker's script has to carry it too.
 */
const PORTAL_HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
} as const

/** After everything else: files named after their content are kept for a year, an unknown path is a page that says so or nothing. */
export function servePages(app: Express): void {
  serveFrames(app)
  const setHeaders = (response: Response): void => void response.set(PORTAL_HEADERS)
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

function sendPage(response: Response, status: number): void {
  const headers = { ...PORTAL_HEADERS, 'Cache-Control': 'no-cache' }
  response.status(status).sendFile('index.html', { root: DIST, cacheControl: false, headers })
}

function serveFrames(app: Express): void {
  const script = readFrameScript()
  for (const loader of LOADERS) {
    const frame = script === undefined ? undefined : sandboxFrame({ loader, script })
    app.get(`/sandbox/${loader}.html`, (_request, response) => {
      if (!frame) throw new PlatformError('not-found', 'Expected the sandbox to be built: run npm start, which builds what is missing.')
      for (const name of response.getHeaderNames()) response.removeHeader(name) // those of pages, which this is not
      response.set(frame.headers).send(frame.body)
    })
  }
}

/** Read once: the policy holds the hash of these bytes. */
function readFrameScript(): string | undefined {
  try {
    return readFileSync(`${DIST}/${FRAME_SCRIPT}`, 'utf8')
  } catch {
    return undefined
  }
}
