import type { Refusal } from './protocol.ts'

/** What REST is asked, and as whom. */
export interface RestQuestion {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly session: string
  readonly timeoutMs: number
  readonly body?: ArrayBuffer | undefined
}

/** What was answered, or undefined when the question or its answer was lost. */
export async function askRest({ url, method, session, timeoutMs, body }: RestQuestion): Promise<{ readonly error?: Refusal } | undefined> {
  try {
    const headers = { Authorization: `Bearer ${session}` }
    const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(timeoutMs), ...(body && { body }) })
    return (await response.json()) as { readonly error?: Refusal }
  } catch {
    return undefined
  }
}
