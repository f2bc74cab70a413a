/**
 * What a server that is started from here takes of this process's environment. Its names are listed, for nothing else is its business: it may
 * hold secrets, a passphrase among them. Home and database are options of whoever starts it: a DATABASE_URL may well be another program's.
 */
export const SERVER_SETTINGS: readonly string[] = [
  'DSAGE_PORT',
  'DSAGE_DATABASE_POOL',
  'DSAGE_SYNCHRONOUS',
  'DSAGE_LOG',
  'DSAGE_HOSTS',
  'DSAGE_PROXIES',
  'DSAGE_SITES',
  'DSAGE_SANDBOX_ORIGIN',
  'DSAGE_MINIMUM_LEASE_SECONDS',
  'DSAGE_GRACE_SECONDS',
  'DSAGE_CLOSING_SECONDS',
  'DSAGE_RETENTION_DAYS',
]

/** Those of them that `variables` has. */
export const serverSettings = (variables: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    SERVER_SETTINGS.flatMap((name) => {
      const value = variables[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
