import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../../server/config.ts'
import { addressRange, Networks } from '../../server/networks.ts'

const of = (address: string | undefined, forwarded?: string, networks = new Networks()) =>
  networks.of({ address, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } })

describe('Q7 the network of an address', () => {
  test.each([
    ['203.0.113.77', '203.0.113.0/24'],
    ['203.0.114.77', '203.0.114.0/24'],
    ['::ffff:8.8.4.4', '8.8.4.0/24'],
    ['2600:1f18:4:5::9', '2600:1f18:4::/48'],
    ['2600:1f18:4:ffff::1', '2600:1f18:4::/48'],
    ['127.0.0.1', null],
    ['127.8.8.8', null],
    ['::1', null],
    ['::ffff:127.0.0.1', null],
    ['10.1.2.3', null],
    ['172.16.0.9', null],
    ['192.168.1.1', null],
    ['169.254.0.7', null],
    ['fe80::1', null],
    ['fe80::1%eth0', null],
    ['fd00::1', null],
    ['100.64.3.4', null],
    ['100.128.3.4', '100.128.3.0/24'],
    [undefined, 'unknown'],
    ['nonsense', 'unknown'],
  ])('Q7 %s is of %s', (address, expected) => {
    expect(of(address)).toBe(expected)
  })

  test.each([
    ['a stranger’s header is not read', '8.8.8.8', '1.2.3.4', '8.8.8.0/24'],
    ['nor is that of a caller without an address', undefined, '1.2.3.4', 'unknown'],
    ['a proxy is believed', '10.0.0.1', '1.2.3.4', '1.2.3.0/24'],
    ['of several hops the last that is no proxy', '10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.2', '1.2.3.0/24'],
    ['where all are proxies the first', '10.0.0.1', '10.0.0.3, 10.0.0.2', null],
    ['a proxy that passes nobody on speaks for itself', '10.0.0.1', undefined, null],
    ['what a proxy names that is no address', '10.0.0.1', '1.2.3.4, somebody', 'unknown'],
    ['nothing between two commas', '10.0.0.1', '1.2.3.4, ,', '1.2.3.0/24'],
  ])('Q7 %s', (_, address, forwarded, expected) => {
    expect(of(address, forwarded, new Networks([addressRange('10.0.0.0/8')]))).toBe(expected)
  })

  test('Q7 a range that is named as a site is one network, public or not', () => {
    const networks = new Networks([], ['131.159.0.0/16', '10.0.0.0/8', '2001:db8::/32'].map(addressRange))
    const found = ['131.159.7.7', '131.159.250.1', '10.9.9.9', '2001:db8:5:5::5', '192.168.0.1', '8.8.8.8']
    expect(found.map((address) => of(address, undefined, networks))).toEqual([
      ...['131.159.0.0/16', '131.159.0.0/16', '10.0.0.0/8', '2001:db8::/32', null, '8.8.8.0/24'],
    ])
  })

  test('Q7 proxies and sites are settings; what is no range is named', () => {
    const { proxies, sites } = readConfig({ DSAGE_HOME: '/h', DSAGE_PROXIES: '127.0.0.1, ::1', DSAGE_SITES: '131.159.0.0/16' })
    expect([...proxies, ...sites].map(([address, bits]) => `${address}/${bits}`)).toEqual(['127.0.0.1/32', '::1/128', '131.159.0.0/16'])
    expect(readConfig({ DSAGE_HOME: '/h' })).toMatchObject({ proxies: [], sites: [] })
    const wrong = { DSAGE_HOME: '/h', DSAGE_PROXIES: 'nginx', DSAGE_SITES: '10.0.0.0/33' }
    expect(() => readConfig(wrong)).toThrow(ConfigError)
    expect(() => readConfig(wrong)).toThrow(/DSAGE_PROXIES: addresses or ranges.*"nginx".*DSAGE_SITES: .*"10.0.0.0\/33"/)
  })
})
