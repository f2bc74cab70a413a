import type { IncomingMessage } from 'node:http'
import { PlatformError } from '../errors.ts'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Hosts this server answers to, beside loopback; `host` or `host:port`. */
export type AllowedHosts = ReadonlySet<string>

/**
 * Refuses what another web page sends: any page can open `ws://localhost`, and a name that resolves to 127.0.0.1 can make itself the
 * page's own origin (DNS rebinding). So the `Host` must be loopback or configured, and an `Origin`, where there is one, must be it.
 */
export function whyForbidden(request: Pick<IncomingMessage, 'headers'>, allowed: AllowedHosts): PlatformError | undefined {
  const { host, origin } = request.headers
  if (!host || !isAllowed(host, allowed)) {
    return new PlatformError('forbidden-host', `Expected a Host that is loopback or configured, got ${JSON.stringify(host ?? '')}.`)
  }
  if (origin !== undefined && hostOfOrigin(origin) !== host.toLowerCase()) {
    return new PlatformError('forbidden-origin', `Expected the server's own Origin, got ${JSON.stringify(origin.slice(0, 100))}.`)
  }
  return undefined
}

/**
 * The address by which the client means this server, as it is signed in a login: loopback with another port than the one that was reached
 * may be another server of this machine, which passes on what it was asked.
 * @throws PlatformError `forbidden-host`
 */
export function expectOwnAddress({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>, allowed: AllowedHosts): string {
  const address = (headers.host ?? '').toLowerCase()
  const port = /:(\d{1,5})$/.exec(address)?.[1] ?? '80'
  if (allowed.has(address) || Number(port) === socket.localPort) return address
  throw new PlatformError(
    'forbidden-host',
    `Expected a login to address port ${socket.localPort}, got ${JSON.stringify(address.slice(0, 100))}: where a tunnel leads here, set DSAGE_HOSTS to that.`,
  )
}

function isAllowed(host: string, allowed: AllowedHosts): boolean {
  const lower = host.toLowerCase()
  return LOOPBACK.has(lower.replace(/:\d{1,5}$/, '')) || allowed.has(lower)
}

function hostOfOrigin(origin: string): string | undefined {
  const match = /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase())
  return match?.[1]
}
