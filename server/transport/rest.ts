import express, { type RequestHandler } from 'express'
import type { z } from 'zod'
import { LIMITS } from '../../sdk/protocol.ts'
import type { ProvedKey } from '../auth/logins.ts'
import { PlatformError } from '../errors.ts'
import type { Access, Asker, Guard } from './access.ts'
import { type Octets, readOctets, sendLines, sendOctets } from './octets.ts'
import { octets } from './rest-schemas.ts'
import { contentTypeOf } from './rest-shape.ts'
import { fileId, watchRequest } from './schemas.ts'
import { shaped } from './shaped.ts'
import { Turns } from './turns.ts'

/** Answers of bytes that are under way at once, each with some pieces in memory, and how many of them one device or account may have. */
const READERS = 64
const READERS_OF_ONE = 8

/** One thing REST does: where, in which shape, for whom and how; the OpenAPI document is made of the same. */
export interface Route {
  readonly method: 'get' | 'post'
  /** With `:job`, `:device`, `:team` or `:file` where an id stands. */
  readonly path: string
  readonly summary: string
  /** Which credential must be shown, or opens more than a stranger is given. */
  readonly access: Access
  /** Whether its body must be signed with a key that may log in. */
  readonly provesKey?: true
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** Bytes its body may have. @default those of one message */
  readonly bodyBytes?: number
  readonly answer: z.ZodType
  readonly answerTo: (asked: Asked<unknown, unknown>) => Promise<unknown>
  /** In place of `answerTo`, for bytes. */
  readonly octetsOf?: (asked: Pick<Asked<unknown, unknown>, 'file'>) => Promise<Octets>
  /** In place of `answerTo`, for text that is written while it is read, of the type its answer's shape names. */
  readonly linesOf?: (asked: Pick<Asked<unknown, unknown>, 'query'>) => AsyncIterable<string>
  /** HTTP status of the answer. @default 200 */
  readonly statusOf?: (answer: unknown) => number
}
export interface Asked<Query, Body> {
  /** The path's job; empty where it has none. */
  readonly job: string
  /** The path's device; empty where it has none. */
  readonly device: string
  /** The path's team; empty where it has none. */
  readonly team: string
  /** The path's file, its SHA-256; empty where it has none. */
  readonly file: string
  /** Who asks; never there where the route takes no credential, always where it must be shown. */
  readonly asker: Asker | undefined
  /** `host:port` as the client addressed this server; only of logins. */
  readonly address: string
  /** Only where the route proves a key. */
  readonly proved: ProvedKey | undefined
  readonly query: Query
  readonly body: Body
}
type Shape<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined
interface TypedRoute<Query, Body, Answer extends z.ZodType> {
  readonly query?: Query
  readonly body?: Body
  readonly answer: Answer
  readonly answerTo: (asked: Asked<Shape<Query>, Shape<Body>>) => Promise<z.input<Answer>>
  readonly linesOf?: (asked: { readonly query: Shape<Query> }) => AsyncIterable<string>
  readonly statusOf?: (answer: z.input<Answer>) => number
}

/** A route whose handler gets what its schemas let through and gives what its answer's schema says. */
export const route = <
  Answer extends z.ZodType,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  route: Omit<Route, keyof TypedRoute<Query, Body, Answer>> & TypedRoute<Query, Body, Answer>,
): Route => route as Route

/** Serves the routes; of one that needs a credential nothing is read before it is shown, and a wrong one is refused wherever it is taken. */
export function serveRoutes(app: express.Express, routes: readonly Route[], guard: Guard): void {
  const turns = new Turns(READERS, READERS_OF_ONE)
  for (const route of routes) {
    const before = [
      ...guard.before(route.access),
      ...(route.body === octets ? [readOctets] : route.body ? [bodyReader(route.bodyBytes)] : []),
      ...(route.provesKey ? [guard.expectKey] : []),
    ]
    app[route.method](route.path, ...before, async (request, response) => {
      const file = request.params.file === undefined ? '' : await shaped(fileId, request.params.file, 'path')
      if (route.octetsOf) return sendOctets(request, response, await route.octetsOf({ file }), turns)
      const query = route.query && (await shaped(route.query, request.query, 'query'))
      if (route.linesOf) return sendLines(request, response.type(contentTypeOf(route.answer)), route.linesOf({ query }), turns)
      const answer = await route.answerTo({
        ...{ job: idIn(request.params.job, 'job'), device: idIn(request.params.device, 'device'), team: idIn(request.params.team, 'team') },
        ...{ file, asker: response.locals.asker, address: response.locals.address, proved: response.locals.proved },
        ...{ query, body: route.body && (await shaped(route.body, request.body, 'body')) },
      })
      response.status(route.statusOf?.(answer) ?? 200).json(answer)
    })
  }
}

/** The body is JSON whatever its type claims: the token, not the type, keeps other pages away. Nothing compressed, which could unfold. */
function bodyReader(limit: number = LIMITS.messageBytes): RequestHandler {
  const parseBody = express.json({ limit, type: () => true, inflate: false })
  return (request, response, next) => {
    // Express would answer only after it has read all of it.
    if (Number(request.headers['content-length']) > limit) return next(tooLarge(limit))
    parseBody(request, response, (error?: unknown) => next(error === undefined ? undefined : wrongBody(error, limit)))
  }
}

const tooLarge = (limit: number): PlatformError =>
  new PlatformError('message-too-large', `Expected at most ${limit} bytes in a body, got more: send several.`)

function wrongBody(error: unknown, limit: number): unknown {
  const { type } = error as { type?: unknown }
  if (type === 'entity.too.large') return tooLarge(limit)
  if (type === 'entity.parse.failed') return new PlatformError('bad-message', 'Expected a JSON object in UTF-8 as the body: correct it.')
  if (type === 'encoding.unsupported' || type === 'charset.unsupported')
    return new PlatformError('bad-message', 'Expected a body in UTF-8 that is not compressed: send it plain.')
  return error
}

/** The id in a path; empty where the path has none. */
function idIn(parameter: string | string[] | undefined, what: 'job' | 'device' | 'team'): string {
  if (parameter === undefined) return ''
  const parsed = watchRequest.safeParse({ job: parameter })
  if (parsed.success) return parsed.data.job
  throw new PlatformError(`unknown-${what}`, `Expected the id of a ${what}, got ${JSON.stringify(String(parameter).slice(0, 50))}.`)
}
