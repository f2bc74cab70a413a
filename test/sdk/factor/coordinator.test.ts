import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FactorCoordinator } from '../../../sdk/functions/factor/coordinator.ts'
import type { NextUnit } from '../../../sdk/functions/factor/unit-ledger.ts'
import type { EcmUnit } from '../../../sdk/functions/factor/work.ts'
import { LEVELS } from '../../../sdk/math/schedule.ts'
import { drive, product, take } from './drive.ts'

const P15 = 100_000_000_000_031n
const Q16 = 1_000_000_000_000_037n
const R20 = 10_000_000_000_000_000_051n
const M89 = (1n << 89n) - 1n
const M107 = (1n << 107n) - 1n
const HARD = M89 * M107

const ecm = ({ input }: NextUnit): EcmUnit => {
  if (input.kind !== 'ecm') throw new Error(`Expected an ecm unit, got ${input.kind}.`)
  return input
}
const nothing = (unit: NextUnit) => ({
  kind: 'ecm',
  factors: [],
  curves: ecm(unit).curves,
  residues: Array.from({ length: ecm(unit).curves }, () => 1n),
})
const found = (factor: bigint) => ({ kind: 'ecm', factors: [factor], curves: 1, residues: [1n] })
const make = (n: bigint, more = {}) => new FactorCoordinator(n, { seed: 1n, ...more })

describe('answers of strangers', () => {
  test('F1 a false factor is ignored and counted, and its curves do not count', () => {
    const coordinator = make(HARD)
    const [first, second, third] = take(coordinator, 3)
    coordinator.result(first!.key, found(M89 + 2n))
    coordinator.result(second!.key, found(HARD))
    coordinator.result(third!.key, found(-M89))
    expect(coordinator).toMatchObject({
      rejectedFactors: 3,
      rejectedOutputs: 0,
      curvesDistributed: 0,
      compositeFactors: [[HARD, 1]],
      primeFactors: [],
    })
  })

  const wrong: unknown[] = [
    undefined,
    null,
    5,
    'x',
    [],
    {},
    { factors: 5 },
    { kind: 'ecm' },
    { kind: 'ecm', factors: [5] },
    { kind: 'ecm', factors: ['3'] },
    { kind: 'trial', factors: [] },
    { kind: 'ecm', factors: [], curves: 1e9, residues: [] },
    { kind: 'ecm', factors: [], curves: 0, residues: [] },
    { kind: 'ecm', factors: [], curves: Number.NaN, residues: [] },
    { kind: 'ecm', factors: [M89, M107], curves: 1, residues: [1n] },
    { kind: 'ecm', factors: Array.from({ length: 100_000 }, () => 3n), curves: 1, residues: [1n] },
  ]
  test('F1 an answer of a wrong shape is no effort', () => {
    for (const output of wrong) {
      const coordinator = make(HARD)
      coordinator.result(coordinator.next()!.key, output)
      expect(coordinator).toMatchObject({ rejectedOutputs: 1, curvesDistributed: 0 })
      expect(product(coordinator)).toBe(HARD)
    }
  })

  test('F1 a true factor counts whoever sends it, also under an unknown key', () => {
    const coordinator = make(HARD)
    coordinator.result('no such unit', found(M89))
    expect(coordinator.primeFactors).toEqual([
      [M89, 1],
      [M107, 1],
    ])
    expect(coordinator.done).toBe(true)
  })

  test('F1 a composite divisor, such as a gcd of several primes, is taken apart', () => {
    const coordinator = make(P15 * Q16 * M89 * M107)
    coordinator.result(coordinator.next()!.key, found(P15 * M107))
    expect(coordinator.compositeFactors.map(([n]) => n)).toEqual([Q16 * M89, P15 * M107])
    coordinator.result('late', { factors: [P15 * Q16] })
    expect(coordinator.primeFactors.map(([p]) => p)).toEqual([P15, Q16, M89, M107])
  })

  test('F1 multiplicities are divided out in full', () => {
    const coordinator = make(P15 ** 3n * M89 ** 2n * M107)
    coordinator.result(coordinator.next()!.key, found(P15 * M89))
    coordinator.result('more', { factors: [P15] })
    expect(coordinator.primeFactors).toEqual([
      [P15, 3],
      [M89, 2],
      [M107, 1],
    ])
  })

  test('F1 liars among the workers never make a wrong result, and honest ones finish it', () => {
    const lies = fc.oneof(
      fc.constantFrom(...wrong),
      fc.record({
        kind: fc.constantFrom('ecm', 'trial'),
        factors: fc.array(fc.bigInt(), { maxLength: 3 }),
        curves: fc.integer(),
        residues: fc.array(fc.bigInt()),
      }),
      fc.anything({ withBigInt: true }),
    )
    const n = 2n ** 5n * 3n * 7n ** 2n * 999_983n * 1_000_003n * P15 * Q16
    fc.assert(
      fc.property(fc.array(lies, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 1e6 }), (list, seed) => {
        const coordinator = make(n, { distributeFrom: 0, seed: BigInt(seed) })
        let answers = 0
        for (const unit of take(coordinator, 12)) {
          coordinator.result(unit.key, list[answers++ % list.length])
          expect(product(coordinator)).toBe(n)
        }
        drive(coordinator, { seed })
        expect(coordinator.primeFactors).toEqual([
          [2n, 5],
          [3n, 1],
          [7n, 2],
          [999_983n, 1],
          [1_000_003n, 1],
          [P15, 1],
          [Q16, 1],
        ])
      }),
      { numRuns: 25 },
    )
  })

  test('F1 workers that hide all small factors cannot spoil the rest', () => {
    for (const n of [2n ** 3n * 5n, 2n * 3n * 5n * 7n * 11n * 13n * P15, 1_009n * 1_013n * 1_019n * 1_021n * 1_031n * Q16]) {
      const coordinator = make(n, { distributeFrom: 0 })
      for (const { key } of take(coordinator)) coordinator.result(key, { kind: 'trial', factors: [] })
      drive(coordinator)
      expect(product(coordinator)).toBe(n)
      expect(coordinator.compositeFactors).toEqual([])
    }
  })
})

describe('effort', () => {
  test('F5 a cofactor inherits the curves and never repeats one', () => {
    const coordinator = make(P15 * HARD)
    const units = take(coordinator, 3)
    coordinator.result(units[0]!.key, nothing(units[0]!))
    const before = ecm(units[0]!).curves
    coordinator.result(units[1]!.key, found(P15))
    expect(coordinator.factors.effort).toEqual([{ composite: HARD, levels: [{ digits: 15, b1: 2000, curves: before + 1, expected: 30 }] }])
    const used = Math.max(...units.map((unit) => ecm(unit).firstIndex + ecm(unit).curves))
    const next = ecm(coordinator.next()!)
    expect(next).toMatchObject({ n: HARD, level: 15 })
    expect(next.firstIndex).toBeGreaterThanOrEqual(used)
  })

  test('F5 units of the old modulus are cancelled, once, and no others', () => {
    const coordinator = make(P15 * HARD)
    const units = take(coordinator, 5)
    const { cancel } = coordinator.result(units[2]!.key, found(P15))
    expect(cancel).toEqual([0, 1, 3, 4].map((i) => units[i]!.key))
    const fresh = take(coordinator, 2)
    expect(coordinator.result('again', found(P15)).cancel).toEqual([])
    expect(coordinator.result('the rest', found(M89)).cancel).toEqual(fresh.map(({ key }) => key))
    expect(coordinator.done).toBe(true)
    expect(coordinator.next()).toBeUndefined()
  })

  test('F5 a late answer for an old modulus is tried on all composites, and its curves count for them', () => {
    const coordinator = make(P15 * HARD)
    const [first, second, third] = take(coordinator, 3)
    coordinator.result(first!.key, found(P15))
    coordinator.result(second!.key, nothing(second!))
    expect(coordinator.factors.effort[0]!.levels[0]!.curves).toBe(1 + ecm(second!).curves)
    coordinator.result(third!.key, found(P15 * M107))
    expect(coordinator.primeFactors).toEqual([
      [P15, 1],
      [M89, 1],
      [M107, 1],
    ])
  })

  test('F5 an answer counts once; taken back it counts no more, and is awaited again', () => {
    const coordinator = make(HARD)
    const unit = coordinator.next()!
    for (let i = 0; i < 3; i++) coordinator.result(unit.key, nothing(unit))
    const { curves } = ecm(unit)
    expect(coordinator.curvesDistributed).toBe(curves)
    coordinator.retracted(unit.key)
    expect(coordinator.curvesDistributed).toBe(0)
    expect(coordinator.outstanding).toEqual([unit])
    coordinator.result(unit.key, nothing(unit))
    expect(coordinator.curvesDistributed).toBe(curves)
    expect(coordinator.progress.curves[0]).toEqual({ digits: 15, done: curves })
  })

  test('F5 the smallest composite comes first within a level, and levels follow the schedule', () => {
    const [small, large] = [R20 * M89, M107 * ((1n << 127n) - 1n)]
    const coordinator = make(small * large, { divisors: [small] })
    const seen: [bigint, number][] = []
    let curves = 0
    while (coordinator.factors.effort.every(({ levels }) => (levels[1]?.curves ?? 0) < 90)) {
      const unit = coordinator.next()!
      seen.push([ecm(unit).n, ecm(unit).level])
      curves += ecm(unit).curves
      coordinator.result(unit.key, nothing(unit))
    }
    const order = seen.filter(([n, level], i) => i === 0 || n !== seen[i - 1]![0] || level !== seen[i - 1]![1])
    expect(order).toEqual([
      [small, 15],
      [large, 15],
      [small, 20],
    ])
    expect(curves).toBe(30 + 30 + 90)
  })

  test('F5 the last level goes on for ever', () => {
    const coordinator = make(HARD, { budget: { curves: 50_000 }, unitSeconds: { target: 80_000, first: 80_000 }, workers: 1 })
    let last = coordinator.next()
    const firsts = new Set<string>()
    for (let unit = last; unit !== undefined; unit = coordinator.next()) {
      expect(firsts.has(unit.key)).toBe(false)
      firsts.add(unit.key)
      coordinator.result(unit.key, nothing(unit))
      last = unit
    }
    expect(ecm(last!).level).toBe(45)
    expect(coordinator.curvesDistributed).toBe(50_000)
  })
})

describe('partial results and restarts', () => {
  test('F6 a spent budget ends with a typed partial result', () => {
    const n = -12n * HARD
    const coordinator = make(n, { budget: { curves: 40 } })
    drive(coordinator, { answer: nothing })
    expect(coordinator.factors).toEqual({
      complete: false,
      sign: -1,
      primes: [
        { value: 2n, exponent: 2, label: 'prime' },
        { value: 3n, exponent: 1, label: 'prime' },
      ],
      composites: [{ value: HARD, exponent: 1 }],
      effort: [
        {
          composite: HARD,
          levels: [
            { digits: 15, b1: 2000, curves: 30, expected: 30 },
            { digits: 20, b1: 11_000, curves: 10, expected: 90 },
          ],
        },
      ],
    })
    expect(coordinator.curvesDistributed).toBe(40)
    expect(product(coordinator)).toBe(n)
    expect(coordinator.progress.fraction).toBeLessThan(1)
  })

  test('F6 a budget of no curves still divides, and waits for answers that are due', () => {
    const coordinator = make(6n * HARD, { budget: { curves: 0 }, distributeFrom: 0 })
    expect(coordinator.done).toBe(false)
    drive(coordinator)
    expect(coordinator.primeFactors).toEqual([
      [2n, 1],
      [3n, 1],
    ])
    expect(coordinator.compositeFactors).toEqual([[HARD, 1]])
    const waiting = make(HARD, { budget: { curves: 1 } })
    const unit = waiting.next()!
    expect([waiting.next(), waiting.done]).toEqual([undefined, false])
    waiting.result(unit.key, nothing(unit))
    expect(waiting.done).toBe(true)
  })

  test('F6 stopping cancels everything and keeps what is known', () => {
    const coordinator = make(10n * HARD)
    const keys = take(coordinator, 4).map(({ key }) => key)
    expect(coordinator.stop().cancel).toEqual(keys)
    expect([coordinator.done, coordinator.next(), coordinator.stepLocal()]).toEqual([true, undefined, false])
    expect(coordinator.factors).toMatchObject({ complete: false, composites: [{ value: HARD }] })
  })

  test('F6 labels say how sure a prime is', () => {
    const { primes } = make(-3n * M89).factors
    expect(primes).toEqual([
      { value: 3n, exponent: 1, label: 'prime' },
      { value: M89, exponent: 1, label: 'probable prime (BPSW)' },
    ])
    expect(make(-3n).primeFactors).toEqual([
      [-1n, 1],
      [3n, 1],
    ])
    expect(make(1n).factors).toEqual({ complete: true, sign: 1, primes: [], composites: [], effort: [] })
  })

  test('F7 saved at any moment, the restored one goes on as the first would have', () => {
    const n = 2n ** 3n * 999_983n * P15 * Q16
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 45 }), fc.constantFrom(0, 25), (steps, distributeFrom) => {
        let one = make(n, { distributeFrom, algebra: false, budget: { curves: 500 } })
        const units = (coordinator: FactorCoordinator) => take(coordinator, 3)
        for (let i = 0; i < steps && !one.done; i++) {
          const unit = one.next()
          if (unit === undefined) one.stepLocal()
          else if (i % 4 !== 3) one.result(unit.key, unit.input.kind === 'trial' ? { kind: 'trial', factors: [] } : nothing(unit))
          one.measured(unit?.key ?? '', 0.02)
        }
        const text = JSON.stringify(one.save())
        const two = FactorCoordinator.restore(JSON.parse(text))
        expect(JSON.stringify(two.save())).toBe(text)
        expect(two.outstanding).toEqual(one.outstanding)
        expect(units(two)).toEqual(units(one))
        for (const { key } of two.outstanding) two.failed(key)
        drive(two)
        expect(two.primeFactors).toEqual([
          [2n, 3],
          [999_983n, 1],
          [P15, 1],
          [Q16, 1],
        ])
        one = two
      }),
      { numRuns: 8 },
    )
    for (const bad of [undefined, null, {}, 'x', { version: 2 }, []])
      expect(() => FactorCoordinator.restore(bad)).toThrow(/Expected a factorisation saved/)
  })

  test('F6 a unit nobody can compute loses nothing', () => {
    const n = 2n * 3n * 999_983n * P15 * Q16
    const coordinator = make(n, { distributeFrom: 0 })
    for (const { key } of take(coordinator)) coordinator.failed(key)
    expect(coordinator.primeFactors).toEqual([
      [2n, 1],
      [3n, 1],
      [999_983n, 1],
    ])
    const unit = coordinator.next()!
    coordinator.failed(unit.key)
    expect(coordinator.next()!.key).not.toBe(unit.key)
    expect(coordinator.curvesDistributed).toBe(0)
  })

  test('F6 options out of bounds are refused, all at once', () => {
    expect(() => make(5n, { trialDivisionLimit: -1, distributeFrom: 1.5, workers: 0 })).toThrow(
      /trialDivisionLimit.*distributeFrom.*workers/,
    )
    expect(() => make(5n, { unitSeconds: { target: Number.NaN } })).toThrow(/unitSeconds.target/)
  })
})

describe('units', () => {
  test('F7 keys are unique and name their input', () => {
    const inputs = new Map<string, string>()
    const text = (unit: NextUnit) =>
      JSON.stringify(unit.input, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    for (const seconds of [0.01, 0.05, 2]) {
      const coordinator = make(6n * P15 * HARD, { distributeFrom: 0 })
      const keys = drive(coordinator, {
        concurrent: 6,
        answer: (unit) => {
          expect(inputs.get(unit.key) ?? text(unit)).toBe(text(unit))
          inputs.set(unit.key, text(unit))
          coordinator.measured(unit.key, seconds)
          if (unit.input.kind === 'trial') return { kind: 'trial', factors: [2n, 3n].filter((p) => unit.key === 't-0' && p > 0n) }
          return unit.input.level === 20 ? found(unit.input.n % P15 === 0n && unit.input.n !== HARD ? P15 : M89) : nothing(unit)
        },
      })
      expect(new Set(keys).size).toBe(keys.length)
    }
  })

  test('F7 the same answers in the same order give the same units', () => {
    const run = () => drive(make(999_983n * P15 * Q16 * R20, { distributeFrom: 0, algebra: false }), { seed: 5 })
    expect(run()).toEqual(run())
  })

  test('F9 with everything distributed, the default trial division is at least 24 units that cover it', () => {
    const units = take(make(HARD, { distributeFrom: 0 }))
    expect(units.length).toBeGreaterThanOrEqual(24)
    let end = 0
    for (const [i, { key, input }] of units.entries()) {
      if (input.kind !== 'trial') throw new Error('Expected only trial division.')
      expect([key, input.from, input.n]).toEqual([`t-${i}`, end, HARD])
      end = input.to
    }
    expect(end).toBe(1_000_000)
  })

  test('F9 trial division beyond the local limit is distributed too', () => {
    const units = take(make(2_000_003n * HARD, { trialDivisionLimit: 3_000_000 }))
    expect(units).toHaveLength(50)
    expect(units[0]!.input).toMatchObject({ kind: 'trial', from: 1_000_000, to: 1_040_000 })
  })

  test('F9 a unit is never more than a fair share of what the level needs', () => {
    for (const workers of [1, 2, 8, 50]) {
      const coordinator = make(HARD, { workers, distributeFrom: 0, trialDivisionLimit: 0 })
      let left = LEVELS[0]!.curves
      for (let unit = coordinator.next()!; ecm(unit).level === 15; unit = coordinator.next()!) {
        expect(ecm(unit).curves).toBeLessThanOrEqual(Math.max(1, left / (4 * workers)))
        left -= ecm(unit).curves
      }
      expect(left).toBe(0)
    }
  })

  test('F9 units take about the wanted time once one was measured, and small ones are spared messages', () => {
    const seconds = (unit: EcmUnit, perCurve: number) => unit.curves * perCurve
    const coordinator = make(HARD * ((1n << 127n) - 1n) ** 1n, { workers: 1, budget: { curves: 5000 } })
    // Ten times slower than the model: the first units say so.
    let last: EcmUnit | undefined
    while (last === undefined || last.level < 30) {
      const unit = coordinator.next()!
      last = ecm(unit)
      coordinator.result(unit.key, nothing(unit))
      coordinator.measured(unit.key, seconds(last, (10 * last.b1) / 250_000))
    }
    expect(seconds(last, 10)).toBeGreaterThanOrEqual(5)
    expect(seconds(last, 10)).toBeLessThanOrEqual(20)
    // A quarter of a second holds many curves on 40 digits: the first level is few units, but not when all is to be shared.
    const count = (distributeFrom: number) => {
      const small = make(R20 * Q16 * 7_368_787n, { distributeFrom, trialDivisionLimit: 0 })
      return take(small, 500).findIndex((unit) => ecm(unit).level > 15)
    }
    expect(count(30)).toBeLessThanOrEqual(3)
    expect(count(0)).toBeGreaterThanOrEqual(8)
  })

  test('F9 more workers make smaller units', () => {
    const coordinator = make(HARD, { workers: 1 })
    const before = ecm(coordinator.next()!).curves
    coordinator.workers = 100
    expect(ecm(coordinator.next()!).curves).toBeLessThanOrEqual(before)
    const wild = make(HARD)
    const unit = wild.next()!
    for (const value of [Number.NaN, -1, 0, Number.POSITIVE_INFINITY]) wild.measured(unit.key, value)
    expect(ecm(wild.next()!).curves).toBeGreaterThanOrEqual(1)
  })

  test('F9 progress rises from 0 to 1 and never falls', () => {
    const coordinator = make(999_983n * P15 * Q16 * R20, { distributeFrom: 0, algebra: false })
    const seen = [coordinator.progress.fraction]
    drive(coordinator, {
      answer: (unit) => {
        seen.push(coordinator.progress.fraction)
        if (unit.input.kind === 'trial') return { kind: 'trial', factors: [] }
        return ecm(unit).level < 20 ? nothing(unit) : found([P15, Q16, R20].find((p) => unit.input.n % p === 0n)!)
      },
    })
    seen.push(coordinator.progress.fraction)
    expect(seen[0]).toBeLessThan(0.05)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe(1)
  })
})
