/** The portal's files and the two sandbox frames, each under its own policy. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import express, { type Express } from 'express'
import { PlatformError } from '../errors.ts'
import { LOADERS, sandboxFrame } from './sandbox-frame.ts'

const built = (path: string): string => fileURLToPath(new URL(`../../portal/dist/${path}`, import.meta.url))

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

/** After everything else: an unknown path is a file of the portal or nothing. */
export function servePages(app: Express): void {
  serveFrames(app)
  const portal = express.static(built(''), { index: 'index.html', maxAge: 0, setHeaders: (response) => response.set(PORTAL_HEADERS) })
  app.use((request, response, next) => (request.path === `/${FRAME_SCRIPT}` ? next() : portal(request, response, next)))
}

const FRAME_SCRIPT = 'sandbox-frame.js'

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
    return readFileSync(built(FRAME_SCRIPT), 'utf8')
  } catch {
    return undefined
  }
}
