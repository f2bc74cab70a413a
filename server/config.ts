import { z } from 'zod'
import { type AddressRange, addressRange } from './networks.ts'
import type { StoreLocation } from './store/open-store.ts'

/** What a server is told at its start; every default is safe for one machine. */
export interface Config {
  readonly home: string
  /** 0 means any free port. */
  readonly port: number
  readonly store: StoreLocation
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug'
  readonly allowedHosts: ReadonlySet<string>
  /** Another site that leads to this server, from which sandbox frames are served, such as `https://sandbox.example`. */
  readonly sandboxOrigin: string | undefined
  /** Proxies that are believed about the addresses of those they pass on. */
  readonly proxies: readonly AddressRange[]
  /** Ranges of addresses that count as one network each. */
  readonly sites: readonly AddressRange[]
  /** Seconds a lease lasts at least. */
  readonly minimumLeaseSeconds: number
  /** Seconds after which the leases of a device that went away are given to others. */
  readonly graceSeconds: number
  /** Seconds a job waits for somebody to compute its closing sample. */
  readonly closingSeconds: number
  /** Days for which a job that is over is kept; 0: for ever. */
  readonly retentionDays: number
  /** Make the home, the database and the operator's account, then end. */
  readonly onlySetup: boolean
  /** Stop when standard input ends: the parent is gone. */
  readonly stopWithParent: boolean
}

/** All problems of the configuration at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const integer = (low: number, high: number, standard: number) =>
  z.string().regex(/^\d+$/, 'an integer').transform(Number).pipe(z.number().min(low).max(high)).default(standard)

const ranges = z
  .string()
  .default('')
  .transform((text, context): AddressRange[] =>
    listOf(text).flatMap((range) => {
      try {
        return [addressRange(range)]
      } catch {
        context.addIssue('addresses or ranges such as 10.0.0.0/8, with commas between them')
        return []
      }
    }),
  )

const environment = z.object({
  DSAGE_HOME: z.string().min(1, 'a directory'),
  DSAGE_PORT: integer(0, 65_535, 8082),
  DATABASE_URL: z
    .string()
    .regex(/^(postgres(ql)?:\/\/|file:)./, 'postgresql://… or file:…')
    .optional(),
  DSAGE_DATABASE_POOL: integer(2, 100, 8),
  DSAGE_SYNCHRONOUS: z.enum(['FULL', 'NORMAL']).default('FULL'),
  DSAGE_LOG: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  DSAGE_HOSTS: z.string().default(''),
  DSAGE_PROXIES: ranges,
  DSAGE_SITES: ranges,
  DSAGE_SANDBOX_ORIGIN: z
    .string()
    .regex(/^https?:\/\/[^/?#@]+$/, 'an origin such as https://sandbox.example')
    .optional(),
  DSAGE_MINIMUM_LEASE_SECONDS: integer(1, 3600, 30),
  DSAGE_GRACE_SECONDS: integer(0, 3600, 10),
  DSAGE_CLOSING_SECONDS: integer(0, 86_400, 600),
  DSAGE_RETENTION_DAYS: integer(0, 36_500, 0),
  DSAGE_SETUP_ONLY: z.enum(['0', '1']).default('0'),
  DSAGE_PARENT_STDIN: z.enum(['0', '1']).default('0'),
})

/** The environment variables that a server reads. */
export const CONFIG_VARIABLES: readonly string[] = Object.keys(environment.shape)

/**
 * Reads the configuration from environment variables (`DSAGE_…`, `DATABASE_URL`).
 * @throws ConfigError naming every variable that is wrong
 */
export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const parsed = environment.safeParse(variables)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0])
      return `${name}: ${issue.message}, got ${name === 'DATABASE_URL' ? 'something else' : JSON.stringify(variables[name])}`
    })
    // One line: whoever starts a server shows the last one of what it said.
    throw new ConfigError(`The configuration is wrong; correct these environment variables: ${problems.join('; ')}.`)
  }
  const { data } = parsed
  return {
    home: data.DSAGE_HOME,
    port: data.DSAGE_PORT,
    store: locationOf(data),
    logLevel: data.DSAGE_LOG,
    allowedHosts: hostsOf(data),
    sandboxOrigin: data.DSAGE_SANDBOX_ORIGIN?.toLowerCase(),
    proxies: data.DSAGE_PROXIES,
    sites: data.DSAGE_SITES,
    minimumLeaseSeconds: data.DSAGE_MINIMUM_LEASE_SECONDS,
    graceSeconds: data.DSAGE_GRACE_SECONDS,
    closingSeconds: data.DSAGE_CLOSING_SECONDS,
    retentionDays: data.DSAGE_RETENTION_DAYS,
    onlySetup: data.DSAGE_SETUP_ONLY === '1',
    stopWithParent: data.DSAGE_PARENT_STDIN === '1',
  }
}

/** The hosts named, and the one that serves the sandbox. */
function hostsOf({ DSAGE_HOSTS: named, DSAGE_SANDBOX_ORIGIN: sandbox }: z.output<typeof environment>): Set<string> {
  const hosts = listOf(named)
  if (sandbox) hosts.push(new URL(sandbox).host)
  return new Set(hosts.map((host) => host.toLowerCase()))
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean)
}

function locationOf(data: z.output<typeof environment>): StoreLocation {
  const url = data.DATABASE_URL
  if (url && !url.startsWith('file:')) return { database: 'postgresql', url, poolSize: data.DSAGE_DATABASE_POOL }
  const file = url ? url.slice('file:'.length) : `${data.DSAGE_HOME}/db/dsage.db`
  return { database: 'sqlite', file, synchronous: data.DSAGE_SYNCHRONOUS }
}
