import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Rational } from '../../sdk/math.ts'
import { DistributedFactor, type LocalDSage } from '../../sdk/node.ts'
import { localCluster } from '../support/local-cluster.ts'

let home: string
let d: LocalDSage
let close: () => Promise<void>
beforeAll(async () => {
  ;({ home, d, close } = await localCluster('math', 2))
})
afterAll(() => close())

test('M4 d.math computes the usual notation exactly on a worker', async () => {
  expect(await d.math('2^360-1').wait()).toBe(2n ** 360n - 1n)
  const sum = (await d.math('1/3 + 1/6').wait()) as Rational
  expect([sum instanceof Rational, String(sum)]).toEqual([true, '1/2'])
  expect(await d.math('factor(2^11 - 1)').wait()).toEqual([
    [23n, 1n],
    [89n, 1n],
  ])
  await expect(d.math('2^').wait()).rejects.toThrow('got the end (at character 3)')
  await expect(d.math('sin(1)').wait()).rejects.toThrow('got sin')
  await expect(d.math('1/(2-2)').wait()).rejects.toThrow('a divisor other than 0')
})

test('M4 JavaScript that was meant as mathematics is refused with a hint, and nothing is submitted', async () => {
  const known = async () => Object.values((await d.getStatus()).jobs).reduce((sum, count) => sum + count, 0)
  const before = await known()
  await expect(d('2^360-1').wait()).rejects.toThrow('`^` is XOR in JavaScript: write `2n ** 360n - 1n`, or use d.math')
  expect(await known()).toBe(before)
})

test('M5 the names are in scope in expressions and bundles, and fractions travel both ways', async () => {
  expect(await d('[nextPrime(100), fibonacci(50), calculate("2^5")]').wait()).toEqual([101n, 12586269025n, 32n])
  const work = { bundle: 'export const work = (x) => x.over(gcd(2, 4))' }
  const halves = await d.map<Rational, Rational>(work, [new Rational(1, 3), new Rational(-5)]).wait()
  expect(halves.map(String)).toEqual(['1/6', '-5/2'])
})

test('M4 DistributedFactor reads it too', async () => {
  const { primes } = await new DistributedFactor(d, 'fibonacci(90) / 2^3').wait()
  expect(primes.reduce((product, { value, exponent }) => product * value ** BigInt(exponent), 1n)).toBe(2880067194370816120n / 8n)
})

test('M4 dsage eval prints the value, or why there is none', async () => {
  const run = async (...words: string[]) => {
    const command = fileURLToPath(new URL('../../bin/dsage', import.meta.url))
    const environment = { PATH: process.env.PATH ?? '', HOME: home, DSAGE_HOME: home }
    const child = spawn(process.execPath, [command, 'eval', '--url', d.url, ...words], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (piece: string) => (said += piece))
    const [code] = await once(child, 'close')
    return [code, said.trimEnd()]
  }
  const answers = [run('--math', '(2^61-1)*(2^89-1)'), run('--math', '--json', '1/3'), run('[1, 2].map((x) => x / 2)'), run('[].at(0).x')]
  expect(await Promise.all(answers)).toEqual([
    [0, String((2n ** 61n - 1n) * (2n ** 89n - 1n))],
    [0, '{"value":{"$rational":"1/3"}}'],
    [0, '[0.5,1]'],
    [1, expect.stringContaining('TypeError')],
  ])
})
