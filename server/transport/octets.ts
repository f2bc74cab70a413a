/** Bytes as they are, in a request's body or as an answer, whole or a range of them. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import express, { type Request, type RequestHandler, type Response } from 'express'
import { LIMITS } from '../../sdk/protocol.ts'
import { PlatformError } from '../errors.ts'
import type { Span } from '../files.ts'
import type { Turns } from './turns.ts'

/** Bytes to be answered with. */
export interface Octets {
  readonly bytes: number
  /** Names what they are; the same name is the same bytes for ever. */
  readonly tag: string
  readonly read: (span: Span) => AsyncIterable<Uint8Array>
}

/** A reader that takes nothing for so long is ended: others wait for its turn. */
const IDLE_MS = 30_000

const parseOctets = express.raw({ limit: LIMITS.filePieceBytes, type: () => true, inflate: false })

/** The body as bytes; a body that ends too early is none. */
export const readOctets: RequestHandler = (request, response, next) => {
  // Express would answer only after it has read all of it.
  if (Number(request.headers['content-length']) > LIMITS.filePieceBytes) return next(tooLarge())
  parseOctets(request, response, (error?: { readonly type?: unknown }) => {
    if (error?.type === 'entity.too.large') return next(tooLarge())
    if (!Buffer.isBuffer(request.body)) request.body = Buffer.alloc(0)
    next(error)
  })
}

const tooLarge = (): PlatformError =>
  new PlatformError('message-too-large', `Expected at most ${LIMITS.filePieceBytes} bytes in a body, got more: send pieces.`)

/**
 * Answers with all of them or, where the request names one range, with that, when its turn has come: each answer that is under way keeps pieces in
 * memory for as long as its reader likes. Ends with the connection when reading fails on the way.
 */
export async function sendOctets(request: Request, response: Response, { bytes, tag, read }: Octets, turns: Turns): Promise<void> {
  const ranges = request.range(bytes)
  if (ranges === -1) {
    const { message, code } = new PlatformError('bad-message', `Expected a range within ${bytes} bytes, got ${request.headers.range}.`)
    response.set('Content-Range', `bytes */${bytes}`).status(416).json({ error: { code, message } })
    return
  }
  const range = typeof ranges === 'object' && ranges.type === 'bytes' && ranges.length === 1 ? ranges[0] : undefined
  const span = range ? { from: range.start, to: range.end + 1 } : { from: 0, to: bytes }
  response.set({
    ...{ 'Accept-Ranges': 'bytes', 'Content-Type': 'application/octet-stream', 'Content-Length': `${span.to - span.from}` },
    ...{ ETag: `"${tag}"`, 'Cache-Control': 'private, max-age=31536000, immutable' },
    ...(range && { 'Content-Range': `bytes ${span.from}-${span.to - 1}/${bytes}` }),
  })
  response.status(range ? 206 : 200)
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  await pipe(Readable.from(read(span)), response, turns)
}

/** Answers with text while it is made; its length is not known before. */
export async function sendLines(request: Request, response: Response, lines: AsyncIterable<string>, turns: Turns): Promise<void> {
  response.set('Cache-Control', 'no-store')
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  response.locals.reader ??= `address ${request.socket.remoteAddress}`
  await pipe(Readable.from(lines), response, turns)
}

async function pipe(source: Readable, response: Response, turns: Turns): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort()).setTimeout(IDLE_MS, () => response.destroy())
  const end = await turns.take(response.locals.reader, gone.signal)
  if (!end) return
  await pipeline(source, response).catch(() => response.destroy())
  end()
}
