import express, { type Request, type RequestHandler, type Response } from 'express'
import type { z } from 'zod'
import { LIMITS } from '../../sdk/protocol.ts'
import type { HomeKey } from '../auth/devices.ts'
import { matches } from '../auth/secrets.ts'
import { PlatformError } from '../errors.ts'
import { handler } from './answering.ts'
import { watchRequest } from './schemas.ts'

/** One thing REST does: where, in which shape, for whom and how; the OpenAPI document is made of the same. */
export interface Route {
  readonly method: 'get' | 'post'
  /** With `:job` or `:device` where an id stands. */
  readonly path: string
  readonly summary: string
  /** Whether the home token must be shown, or opens more than a stranger is given. */
  readonly token: 'none' | 'optional' | 'required'
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  readonly answer: z.ZodType
  readonly answerTo: (asked: Asked<unknown, unknown>) => Promise<unknown>
  /** HTTP status of the answer. @default 200 */
  readonly statusOf?: (answer: unknown) => number
}
export interface Asked<Query, Body> {
  /** The path's job; empty where it has none. */
  readonly job: string
  /** The path's device; empty where it has none. */
  readonly device: string
  /** Whether the home token was shown; never where the route takes none. */
  readonly isOwner: boolean
  readonly query: Query
  readonly body: Body
}
type Shape<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined
interface TypedRoute<Query, Body, Answer extends z.ZodType> {
  readonly query?: Query
  readonly body?: Body
  readonly answer: Answer
  readonly answerTo: (asked: Asked<Shape<Query>, Shape<Body>>) => Promise<z.input<Answer>>
  readonly statusOf?: (answer: z.input<Answer>) => number
}

/** A route whose handler gets what its schemas let through and gives what its answer's schema says. */
export const route = <
  Answer extends z.ZodType,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  route: Omit<Route, 'query' | 'body' | 'answer' | 'answerTo' | 'statusOf'> & TypedRoute<Query, Body, Answer>,
): Route => route as Route

/** Serves the routes; of one that needs the token nothing is read before it is shown, and a wrong one is refused wherever it is taken. */
export function serveRoutes(app: express.Express, routes: readonly Route[], home: HomeKey): void {
  for (const route of routes) {
    const before = [...(route.token === 'none' ? [] : [expectToken(route.token, home)]), ...(route.body ? [readBody] : [])]
    app[route.method](route.path, ...before, async (request, response) => {
      const answer = await route.answerTo({
        job: request.params.job === undefined ? '' : idIn(request.params.job, 'job'),
        device: request.params.device === undefined ? '' : idIn(request.params.device, 'device'),
        isOwner: response.locals.isOwner === true,
        query: route.query && (await shaped(route.query, request.query, 'query')),
        body: route.body && (await shaped(route.body, request.body, 'body')),
      })
      response.status(route.statusOf?.(answer) ?? 200).json(answer)
    })
  }
}

const expectToken =
  (wanted: Route['token'], home: HomeKey): RequestHandler =>
  (request: Request, response: Response, next) => {
    const given = request.headers.authorization
    const token = /^Bearer +(.+)$/i.exec(given ?? '')?.[1]
    response.set('Cache-Control', 'no-store')
    response.locals.isOwner = token !== undefined && matches(token, home.tokenHash)
    if (response.locals.isOwner || (wanted === 'optional' && given === undefined)) return next()
    next(unauthorised())
  }

export const unauthorised = (): PlatformError =>
  new PlatformError(
    'unauthorised',
    'Expected the header `Authorization: Bearer <token>` with the token of this server’s home directory: read it from the file `token` there.',
  )

/** The body is JSON whatever its type claims: the token, not the type, keeps other pages away. Nothing compressed, which could unfold. */
const parseBody = express.json({ limit: LIMITS.messageBytes, type: () => true, inflate: false })
const readBody: RequestHandler = (request, response, next) => {
  // Express would answer only after it has read all of it.
  if (Number(request.headers['content-length']) > LIMITS.messageBytes) return next(tooLarge())
  parseBody(request, response, (error?: unknown) => next(error === undefined ? undefined : wrongBody(error)))
}

const tooLarge = (): PlatformError =>
  new PlatformError('message-too-large', `Expected at most ${LIMITS.messageBytes} bytes in a body, got more: send several.`)

function wrongBody(error: unknown): unknown {
  const { type } = error as { type?: unknown }
  if (type === 'entity.too.large') return tooLarge()
  if (type === 'entity.parse.failed') return new PlatformError('bad-message', 'Expected a JSON object in UTF-8 as the body: correct it.')
  if (type === 'encoding.unsupported' || type === 'charset.unsupported')
    return new PlatformError('bad-message', 'Expected a body in UTF-8 that is not compressed: send it plain.')
  return error
}

function idIn(parameter: string | string[], what: 'job' | 'device'): string {
  const parsed = watchRequest.safeParse({ job: parameter })
  if (parsed.success) return parsed.data.job
  throw new PlatformError(`unknown-${what}`, `Expected the id of a ${what}, got ${JSON.stringify(String(parameter).slice(0, 50))}.`)
}

/** @throws PlatformError `bad-message` */
export async function shaped<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): Promise<z.output<Schema>> {
  const handled = handler(schema, async (message) => message)(value)
  if ('wrong' in handled) throw new PlatformError('bad-message', `${where}: ${handled.wrong}`)
  return handled.reply as Promise<z.output<Schema>>
}
