import { driverWords, StorageError } from './storage-error.ts'

interface Address {
  readonly server: string
  readonly user: string
  readonly database: string
}
const SENTENCES: readonly (readonly [codes: RegExp, sentence: (at: Address) => string])[] = [
  [
    /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ECONNRESET|EPIPE|ENOENT|57P0\d|08\w{3})$/,
    ({ server }) => `Expected PostgreSQL to answer at ${server}, but nothing does: start it, or correct DATABASE_URL.`,
  ],
  [
    /^(ENOTFOUND|EAI_AGAIN)$/,
    ({ server }) => `Expected the host of ${server} to have an address, but none is known: correct DATABASE_URL or the name service.`,
  ],
  [
    /^(28P01|28000)$/,
    ({ server, user }) =>
      `Expected PostgreSQL at ${server} to accept user ${user}, but it refused: correct user or password in DATABASE_URL.`,
  ],
  [
    /^3D000$/,
    ({ server, database }) =>
      `Expected a database ${database} at ${server}, but there is none: create it (createdb ${database}), or correct DATABASE_URL.`,
  ],
  [
    /^53300$/,
    ({ server }) => `Expected a free connection at ${server}, but all are taken: raise max_connections, or lower the servers' pool size.`,
  ],
  [
    /^53100$/,
    ({ server }) => `Expected room on the disk of PostgreSQL at ${server}, but it is full: free some space; nothing acknowledged is lost.`,
  ],
  [
    /^(42501|25006)$/,
    ({ server, user, database }) =>
      `Expected user ${user} to be allowed to create and write tables in ${database} at ${server}, but it is not: grant it.`,
  ],
]

/** Reads a connection URL. The URL itself is never repeated in an error: it holds the password. */
export function postgresqlAddress(url: string): Address {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    const came = parsed ? `one that begins with ${parsed.protocol}` : 'something that is no URL'
    throw new StorageError(`Expected DATABASE_URL to look like postgresql://user:password@host:5432/database, got ${came}: correct it.`)
  }
  const database = decodeURIComponent(parsed.pathname.slice(1))
  const user = decodeURIComponent(parsed.username)
  const host = parsed.hostname || parsed.searchParams.get('host') || 'localhost'
  return { server: `${host}:${parsed.port || 5432}`, user: user || '(of this system)', database: database || user }
}

/** Says in one sentence, without the password, why the database at `url` failed. */
export function postgresqlError(error: unknown, url: string): StorageError {
  if (error instanceof StorageError) return error
  const { code, message } = driverWords(error)
  const address = postgresqlAddress(url)
  const known = /timeout|terminated unexpectedly/i.test(message) && !code ? 'ETIMEDOUT' : (code ?? '')
  const sentence = SENTENCES.find(([codes]) => codes.test(known))?.[1]
  const text = sentence?.(address) ?? `Expected the database at ${address.server} to work, but it says: ${withoutPassword(message, url)}`
  return new StorageError(text)
}

function withoutPassword(text: string, url: string): string {
  const { password } = new URL(url)
  return password === '' ? text : text.replaceAll(password, '***').replaceAll(decodeURIComponent(password), '***')
}
