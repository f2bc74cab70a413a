import type { Refusal } from './protocol.ts'

const OCTETS = 'application/octet-stream'

/** What REST is asked, and as whom. */
export interface RestQuestion {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly session: string
  readonly timeoutMs: number
  readonly body?: ArrayBuffer | undefined
  /** Bytes wanted of what is there: `bytes=0-99`. */
  readonly range?: string | undefined
}

/** What was answered, JSON or the bytes themselves, or undefined when the question or its answer was lost. */
export async function askRest({
  url,
  method,
  session,
  timeoutMs,
  body,
  range,
}: RestQuestion): Promise<{ readonly error?: Refusal } | undefined> {
  try {
    const headers = { Authorization: `Bearer ${session}`, ...(range && { Range: range }) }
    const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(timeoutMs), ...(body && { body }) })
    if (response.headers.get('content-type') === OCTETS) return new Uint8Array(await response.arrayBuffer()) as object
    return (await response.json()) as { readonly error?: Refusal }
  } catch {
    return undefined
  }
}
