/** What it means that a connection failed. */
import type { Refused } from './errors.ts'
import type { Refusal } from './protocol.ts'

const FIRST_BACK_OFF_MS = 100
const LONGEST_BACK_OFF_MS = 5_000

/** Doubles from 100 ms to 5 s, of which half is random: clients that lost the same server must not come back at the same instant. */
export const backOff = (attempt: number): number =>
  Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** attempt) * (0.5 + Math.random() / 2)

/** Whether trying again can help: the server says when, is about to be replaced, or wants another login. */
export const isPassing = ({ retryAfterMs, code }: Refusal): boolean =>
  retryAfterMs !== undefined || code === 'server-stopping' || code === 'session-ended' || code === 'login-expired'

/** The refusal in the `data` of a failed handshake, if there is one. */
export function handshakeRefusal(error: Error & { data?: unknown }): Refusal | undefined {
  const data = error.data as Partial<Refusal> | undefined | null
  return typeof data?.code === 'string' && typeof data.message === 'string' ? (data as Refusal) : undefined
}

export const refusalIn = ({ code, message, retryAfterMs }: Refused): Refusal => ({
  ...{ code, message },
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})

/** What the system said, beneath what the libraries made of it. */
export const innermost = (error: Error): string => (error.cause instanceof Error ? innermost(error.cause) : error.message)
