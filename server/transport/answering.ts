import type { Socket } from 'socket.io'
import type { z } from 'zod'
import { type Answer, LIMITS, type Refusal } from '../../sdk/protocol.ts'
import { PlatformError } from '../errors.ts'
import type { Metrics } from '../metrics.ts'
import { refusalOf } from '../refusal.ts'

/** Checks a message and starts answering it, or says what is wrong with it. */
export type Handle = (message: unknown) => { readonly reply: Promise<unknown> } | { readonly wrong: string }

/** A handler for messages of one shape. */
export const handler =
  <Message>(schema: z.ZodType<Message>, answer: (message: Message) => Promise<unknown>): Handle =>
  (message) => {
    const parsed = schema.safeParse(message)
    return parsed.success ? { reply: answer(parsed.data) } : { wrong: whatIsWrong(parsed.error) }
  }

export interface Listening {
  readonly metrics: Metrics
  /** Told of surprises, with the name of the message. */
  readonly onError: (error: unknown, event: string) => void
  /** Milliseconds, monotonic. */
  readonly clock: () => number
}
const MINUTE = 60_000

/**
 * Lets a socket's messages reach their handlers: each is checked against its schema, answered or refused by name. A bad one keeps the
 * connection; a hundred in a minute end it.
 */
export function listen(socket: Socket, handlers: Readonly<Record<string, Handle>>, listening: Listening): void {
  const bad: number[] = []
  const refuse = (refusal: Refusal, reply: unknown): void => {
    if (typeof reply === 'function') reply({ error: refusal } satisfies Answer<never>)
    else socket.emit('refused', refusal)
    if (!isFault(refusal)) return
    const now = listening.clock()
    listening.metrics.badMessages += 1
    bad.push(now)
    while (bad[0] !== undefined && bad[0] < now - MINUTE) bad.shift()
    if (bad.length >= LIMITS.badMessagesPerMinute) socket.disconnect(true)
  }
  hearOnly(socket)
  socket.onAny((event: string, ...parameters: unknown[]) => {
    const reply = parameters.at(-1)
    const handle = Object.hasOwn(handlers, event) ? handlers[event] : undefined
    const size = sizeOf(parameters[0])
    if (!handle) return refuse(unknownMessage(event, parameters, Object.keys(handlers)), reply)
    if (size > LIMITS.messageBytes) return refuse(tooLarge(event, size), reply)
    const handled = handle(parameters[0])
    if ('wrong' in handled) return refuse({ code: 'bad-message', message: `${event}: ${handled.wrong}` }, reply)
    handled.reply.then(
      (ok) => typeof reply === 'function' && reply({ ok }),
      (error) => {
        if (!(error instanceof PlatformError)) listening.onError(error, event)
        refuse(refusalOf(error), reply)
      },
    )
  })
}

/** Keeps messages from the socket's own events: a client that sends `disconnect` would raise it here and be counted as gone, again and again. */
export function hearOnly(socket: Socket): void {
  socket.use(() => {})
}

const tooLarge = (event: string, size: number): Refusal => ({
  code: 'message-too-large',
  message: `Expected at most ${LIMITS.messageBytes} bytes in ${event}, got ${size}: send several.`,
})
const faults = new Set(['bad-message', 'message-too-large', 'unknown-message', 'out-of-order'])
const isFault = (refusal: Refusal): boolean => faults.has(refusal.code)

function unknownMessage(event: string, parameters: readonly unknown[], known: readonly string[]): Refusal {
  if (event === 'malformed') return { code: 'bad-message', message: String(parameters[0]) }
  return { code: 'unknown-message', message: `Expected one of ${known.join(', ')}, got ${JSON.stringify(event.slice(0, 50))}.` }
}

function whatIsWrong(error: z.ZodError): string {
  const [first] = error.issues
  return `at ${first?.path.join('.') || 'the message'}: ${first?.message ?? 'not of the right shape'}`
}

/** Bytes a message carries, near enough. */
function sizeOf(value: unknown, depth = 0): number {
  if (value instanceof Uint8Array) return value.length
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null || depth > 6) return 8
  let size = 0
  for (const each of Object.values(value)) size += sizeOf(each, depth + 1)
  return size
}
