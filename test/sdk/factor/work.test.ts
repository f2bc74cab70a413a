import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { encode } from '../../../sdk/codec.ts'
import { type EcmUnit, type FactorUnit, work } from '../../../sdk/functions/factor/work.ts'
import { modulo } from '../../../sdk/math/arithmetic.ts'
import { runCurve } from '../../../sdk/math/ecm.ts'
import { multiplyByPrime } from '../../../sdk/math/lucas-chain.ts'
import { add, double, multiply, normalise, type Point, suyama } from '../../../sdk/math/montgomery-curve.ts'
import { primesBelow } from '../../../sdk/math/primes.ts'
import { curveSigma } from '../../../sdk/math/schedule.ts'
import { stageTwo } from '../../../sdk/math/stage-two.ts'

const P15 = 100_000_000_000_031n
const M89 = (1n << 89n) - 1n
const unit: EcmUnit = { kind: 'ecm', n: P15 * M89, level: 15, firstIndex: 0, curves: 40, b1: 2_000, b2: 200_000, seed: 7n }

function affine(n: bigint, p: Point): bigint {
  const normal = normalise(n, [p])
  if (normal.shared !== undefined) throw new Error(`Expected a point with an inverse of z, got ${p.x}:${p.z}.`)
  return normal.xs[0]!
}

describe('curves', () => {
  const { a24, point } = suyama(M89, 12_345n)
  const curve = { n: M89, a24: a24! }

  test('F7 Lucas chains and the ladder give the same multiples', () => {
    for (const p of [...primesBelow(700), 10_007, 99_991, 1_048_583]) {
      expect(affine(M89, multiplyByPrime(curve, point, p)), String(p)).toBe(affine(M89, multiply(curve, point, BigInt(p))))
    }
  })

  test('F7 multiples add up: (j+1)P from jP, P and (j-1)P', () => {
    let [before, now] = [point, double(curve, point)]
    for (let k = 3n; k < 40n; k++) {
      ;[before, now] = [now, add(curve, now, point, before)]
      expect(affine(M89, now)).toBe(affine(M89, multiply(curve, point, k)))
    }
  })

  test('F7 the order of every curve is divisible by 12', () => {
    // Modulo a prime of 4 digits a multiple of the order is found by trying: the least k with kP = infinity divides 12·something within Hasse's bound.
    const p = 10_007n
    for (let sigma = 6n; sigma < 30n; sigma++) {
      const { a24, point } = suyama(p, sigma)
      if (a24 === undefined || modulo(point.z, p) === 0n) continue
      const orders: bigint[] = []
      for (let order = 9_808n; order <= 10_208n; order++) if (multiply({ n: p, a24 }, point, order).z % p === 0n) orders.push(order)
      expect(
        orders.some((order) => order % 12n === 0n),
        `sigma ${sigma}`,
      ).toBe(true)
    }
  })

  test('F7 stage 2 finds each prime of its range and nothing beyond', () => {
    // The group modulo p of a point of order q: a product with another prime where the order is q times something smooth.
    const p = 1_000_003n
    const n = p * M89
    let [found, missed] = [0, 0]
    for (let sigma = 6n; sigma < 120n; sigma++) {
      const { a24, point } = suyama(n, sigma)
      const curve = { n, a24: a24! }
      let q = point
      for (const prime of primesBelow(101)) for (let power = prime; power <= 1000; power *= prime) q = multiplyByPrime(curve, q, prime)
      const order = primesBelow(20_000).find((prime) => multiply(curve, q, BigInt(prime)).z % p === 0n)
      if (q.z % p === 0n || order === undefined || order <= 101) continue
      const { factor } = stageTwo(curve, affine(n, q), 100, 3_000)
      expect(factor, `sigma ${sigma}, order ${order}`).toBe(order <= 3_000 ? p : undefined)
      if (order <= 3_000) found++
      else missed++
    }
    expect(found).toBeGreaterThan(10)
    expect(missed).toBeGreaterThan(0)
  })

  test('F2 two primes that fall in the same stretch of stage 2 are told apart', () => {
    const [p, q] = [1_000_003n, 1_000_033n]
    const n = p * q
    let together = 0
    for (let sigma = 6n; sigma < 400n; sigma++) {
      const { a24, point } = suyama(n, sigma)
      if (a24 === undefined) continue
      const curve = { n, a24 }
      let start = point
      for (const prime of primesBelow(101))
        for (let power = prime; power <= 1000; power *= prime) start = multiplyByPrime(curve, start, prime)
      if (start.z % p === 0n || start.z % q === 0n) continue
      const order = (modulus: bigint) => primesBelow(3_000).find((prime) => multiply(curve, start, BigInt(prime)).z % modulus === 0n) ?? 0
      const [orderP, orderQ] = [order(p), order(q)]
      // Equal, or mirrored about a multiple of 30, they meet in one difference, and no gcd can part them.
      if (Math.min(orderP, orderQ) <= 101 || orderP === orderQ || Math.round(orderP / 30) === Math.round(orderQ / 30)) continue
      together++
      expect([p, q], `sigma ${sigma}, orders ${orderP} and ${orderQ}`).toContain(stageTwo(curve, affine(n, start), 100, 3_000).factor)
    }
    expect(together).toBeGreaterThan(3)
  })
})

describe('work', () => {
  test('F7 the same unit twice is the same bytes', () => {
    const nothing: EcmUnit = { ...unit, n: ((1n << 107n) - 1n) * M89, curves: 3 }
    for (const input of [unit, nothing, { kind: 'trial', n: unit.n * 6n, from: 0, to: 1000 } as const]) {
      expect(encode(work(input))).toEqual(encode(work(structuredClone(input))))
    }
    expect(work(nothing)).toMatchObject({ kind: 'ecm', factors: [], curves: 3 })
  })

  test('F7 a unit stops after the curve that found a factor, and reports that many residues', () => {
    const output = work(unit)
    if (output.kind !== 'ecm') throw new Error('Expected the output of an ecm unit.')
    expect(output.factors).toEqual([P15])
    expect(output.curves).toBeLessThan(40)
    expect(output.residues).toHaveLength(output.curves)
    const before = work({ ...unit, curves: output.curves - 1 })
    expect(before).toEqual({ kind: 'ecm', factors: [], curves: output.curves - 1, residues: output.residues.slice(0, -1) })
  })

  test('F7 cutting a range of curves elsewhere changes no curve, and residues tell curves, bounds and moduli apart', () => {
    const residues = (changes: Partial<EcmUnit>) => {
      const output = work({ ...unit, n: ((1n << 107n) - 1n) * M89, curves: 2, ...changes })
      return output.kind === 'ecm' ? output.residues : []
    }
    expect([...residues({ curves: 1 }), ...residues({ firstIndex: 1, curves: 1 })]).toEqual(residues({}))
    const all = [
      residues({}),
      residues({ level: 20 }),
      residues({ seed: 8n }),
      residues({ b2: 150_000 }),
      residues({ b1: 1_500 }),
      residues({ n: M89 * P15 }),
    ]
    expect(new Set(all.flat()).size).toBe(all.flat().length)
  })

  test('F7 curve parameters are disjoint over seeds, levels and indices', () => {
    const sigmas = new Set<bigint>()
    for (const seed of [0n, 1n, -1n, 1n << 80n])
      for (const level of [15, 20]) for (let i = 0; i < 500; i++) sigmas.add(curveSigma(seed, level, i))
    expect(sigmas.size).toBe(4000)
    for (const sigma of sigmas) expect(sigma > 5n && sigma < 1n << 64n).toBe(true)
  })

  test('F1 whatever a curve returns divides, for every small composite', () => {
    for (let n = 4n; n < 3000n; n++) {
      const { factor } = runCurve(n, 6n + n, 50, 500)
      if (factor !== undefined) expect(factor > 1n && factor < n && n % factor === 0n, String(n)).toBe(true)
    }
  })

  test('F2 all primes found by one curve at once are told apart', () => {
    // Small primes fall together in stage 1; the repeated stage has to separate them.
    let split = 0
    for (let i = 0; i < 20; i++)
      if (runCurve(10_007n * 10_009n * 10_037n, curveSigma(1n, 15, i), 2_000, 200_000).factor !== undefined) split++
    expect(split).toBeGreaterThan(15)
  })

  test('F7 refuses units no coordinator makes', () => {
    expect(() => work({ ...unit, n: 1n })).toThrow(/at least 2/)
    expect(() => work({ ...unit, b1: 5 })).toThrow(/16 <= b1 < b2/)
  })

  test('F7 the bundle needs nothing but the language, and answers the same there', async () => {
    const entry = new URL('../../../sdk/functions/factor/work.ts', import.meta.url).pathname
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'unit',
      target: 'es2022',
    })
    const code = outputFiles[0]!.text
    expect(code.length).toBeLessThan(64 * 1024)
    const realm = createContext(Object.create(null))
    runInContext(code, realm)
    for (const input of [
      { ...unit, curves: 3 },
      { kind: 'trial', n: 30n, from: 0, to: 10 },
    ] satisfies FactorUnit[]) {
      const json = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)
      const literal = JSON.stringify(input, json).replace(/"(\d+n)"/g, '$1')
      const there: unknown = runInContext(`JSON.stringify(unit.work(${literal}), (k, v) => typeof v === 'bigint' ? v + 'n' : v)`, realm)
      expect(there).toBe(JSON.stringify(work(input), json))
    }
  })
})
