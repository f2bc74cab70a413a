import type { FetchRange } from './files.ts'
import type { Identity } from './identity.ts'

/** Answers by which a server says that asking again is in vain. */
const isFinal = (status: number): boolean => status >= 400 && status < 500 && status !== 429

/** Asks the server at `url` for parts of files, as the device that `identity` gives. */
export const rangesOf =
  (url: string, identity: () => Identity | undefined): FetchRange =>
  async (sha256, from, to) => {
    const { id, secret } = identity() ?? { id: '', secret: '' }
    const headers = { Authorization: `Device ${id}.${secret}`, Range: `bytes=${from}-${to - 1}` }
    const response = await fetch(new URL(`/api/v1/files/${sha256}/bytes`, url), { headers, cache: 'no-store' })
    if (response.status === 206) return new Uint8Array(await response.arrayBuffer())
    const said = (await response.json().catch(() => undefined)) as { readonly error?: { readonly message?: unknown } } | undefined
    const why = `The server did not give the file (${response.status}): ${String(said?.error?.message ?? 'it does not say why')}`
    if (isFinal(response.status)) return { refused: why }
    throw new Error(why)
  }
