import type { Refusal } from '../../sdk/protocol.ts'
import { m } from '../messages/catalogue.ts'

const ANSWER_MS = 3_000

/** A request that was not answered as wished; `message` is a sentence for people. */
export class RestFailure extends Error {
  override readonly name = 'RestFailure'
  /** The server's refusal; absent when it did not answer at all. */
  readonly refusal: Refusal | undefined

  constructor(message: string, refusal?: Refusal) {
    super(message)
    this.refusal = refusal
  }
}

/** Reads JSON of this server. @throws RestFailure */
export const read = <Body>(path: string, token?: string): Promise<Body> => ask<Body>(path, { method: 'GET' }, token)

/** Lets the owner of `token` do something. @throws RestFailure */
export const act = <Body>(path: string, token: string, body?: unknown): Promise<Body> =>
  ask<Body>(path, { method: 'POST', ...(body === undefined ? {} : { body: JSON.stringify(body) }) }, token)

async function ask<Body>(path: string, request: RequestInit, token?: string): Promise<Body> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  let answer: Response
  let body: Body & { readonly error?: Refusal }
  try {
    answer = await fetch(`/api/v1${path}`, { ...request, headers, signal: AbortSignal.timeout(ANSWER_MS) })
    body = await answer.json()
  } catch {
    throw new RestFailure(m.shell.unreachable)
  }
  if (!answer.ok) throw new RestFailure(body.error?.message ?? answer.statusText, body.error)
  return body
}
