import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6
/** An address and how many of its first bits count. */
export type AddressRange = [Address, number]

/** Where nobody can be counted by the address: the server's own machine and networks that are not public. */
const EXEMPT = new Set(['loopback', 'private', 'linkLocal', 'uniqueLocal', 'carrierGradeNat', 'unspecified'])
/** Bits of an address that name its network. */
const IPV4_BITS = 24
const IPV6_BITS = 48
/** What a proxy names that is no address: all of those count as one. */
const UNKNOWN = 'unknown'

/** The part of a request or handshake that says where it comes from. */
export interface Caller {
  readonly address: string | undefined
  readonly headers: IncomingMessage['headers']
}

/** Reads `10.0.0.0/8`, `2001:db8::/32` or one address. @throws Error */
export function addressRange(text: string): AddressRange {
  if (text.includes('/')) return ipaddr.parseCIDR(text)
  const address = ipaddr.process(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/**
 * The network of a caller: its public IPv4 /24 or IPv6 /48, of which no unit has two holders where that can be avoided (INTEGRITY Q7).
 * Whoever rents one address has its neighbours soon. A proxy is believed about who called it only where the server was told of it: anybody
 * else may write what they like into `X-Forwarded-For`. Rejected: believing whoever calls from loopback, since a volunteer of this
 * machine could then call itself anything.
 */
export class Networks {
  readonly #proxies: readonly AddressRange[]
  readonly #sites: readonly AddressRange[]

  /**
   * @param proxies whose `X-Forwarded-For` is believed
   * @param sites ranges that count as one network each, public or not
   */
  constructor(proxies: readonly AddressRange[] = [], sites: readonly AddressRange[] = []) {
    this.#proxies = proxies
    this.#sites = sites
  }

  /** Null where it is exempt: loopback, link-local, private and carrier-grade NAT. */
  of(caller: Caller): string | null {
    const address = this.#addressOf(caller)
    if (address === undefined) return UNKNOWN
    const site = this.#sites.find((range) => isWithin(address, range))
    if (site) return `${site[0]}/${site[1]}`
    if (EXEMPT.has(address.range())) return null
    return networkOf(address)
  }

  /** Its address, or `unknown`: behind a proxy that is believed the one it names. */
  clientOf(caller: Caller): string {
    return this.#addressOf(caller)?.toString() ?? UNKNOWN
  }

  /** The last address that no proxy of ours has, else the first: what stands before it anybody may have written. */
  #addressOf({ address = '', headers }: Caller): Address | undefined {
    const forwarded = String(headers['x-forwarded-for'] ?? '')
    const hops = [...forwarded.split(',').map((hop) => hop.trim()), address].filter((hop, i, all) => hop !== '' || i === all.length - 1)
    for (let i = hops.length - 1; ; i--) {
      const hop = hops[i] ?? ''
      if (!ipaddr.isValid(hop)) return undefined
      const parsed = ipaddr.process(hop)
      if (i === 0 || !this.#proxies.some((range) => isWithin(parsed, range))) return parsed
    }
  }
}

const isWithin = (address: Address, [base, bits]: AddressRange): boolean =>
  address.kind() === base.kind() && (address as ipaddr.IPv6).match(base as ipaddr.IPv6, bits)

function networkOf(address: Address): string {
  const bits = address.kind() === 'ipv4' ? IPV4_BITS : IPV6_BITS
  const bytes = address.toByteArray().map((byte, i) => (i < bits / 8 ? byte : 0))
  return `${ipaddr.fromByteArray(bytes)}/${bits}`
}
