/** `dsage/math` against PARI, case by case. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as math from '../../../sdk/math.ts'
import { askPari, missingPari } from './pari.ts'

const SEED = 20_061_101

/** One case: what we say, and how PARI is asked. */
type Case = readonly [ours: string, theirs: string]
interface Family {
  readonly count: number
  readonly cases: fc.Arbitrary<Case>
}

const integer = fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n })
const small = fc.bigInt({ min: -200n, max: 200n })
const any = fc.oneof(integer, small, fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }))
const natural = any.map((n) => (n < 0n ? -n : n))
const modulus = natural.map((n) => n + 2n)
const fraction = fc.tuple(any, modulus).map(([top, bottom]) => new math.Rational(top, bottom))

const family = <Values extends unknown[]>(count: number, values: fc.Arbitrary<Values>, make: (...values: Values) => Case): Family => ({
  count,
  cases: values.map((each) => make(...each)),
})
const noneOr = (compute: () => unknown): string => {
  try {
    return String(compute())
  } catch (error) {
    if (error instanceof RangeError) return 'none'
    throw error
  }
}
/** As PARI writes a matrix. */
const powers = (n: bigint): string => {
  const rows = math.factor(n).map(([prime, exponent]) => `${prime}, ${exponent}`)
  return rows.length === 1 ? `Mat([${rows[0]}])` : `[${rows.join('; ')}]`
}

const FAMILIES: Readonly<Record<string, Family>> = {
  gcd: family(700, fc.tuple(any, any, small), (a, b, c) => [`${math.gcd(a * c, b * c)}`, `gcd(${a * c}, ${b * c})`]),
  lcm: family(700, fc.tuple(any, any), (a, b) => [`${math.lcm(a, b)}`, `abs(lcm(${a}, ${b}))`]),
  powMod: family(800, fc.tuple(any, natural, modulus), (a, k, m) => [`${math.powMod(a, k, m)}`, `lift(Mod(${a}, ${m})^${k})`]),
  'powMod, negative': family(400, fc.tuple(any, natural, modulus), (a, k, m) => [
    noneOr(() => math.powMod(a, -k - 1n, m)),
    `if(gcd(${a}, ${m}) == 1, lift(Mod(${a}, ${m})^(${-k - 1n})), "none")`,
  ]),
  invMod: family(700, fc.tuple(any, modulus), (a, m) => [
    noneOr(() => math.invMod(a, m)),
    `if(gcd(${a}, ${m}) == 1, lift(Mod(${a}, ${m})^-1), "none")`,
  ]),
  isPrime: family(1300, fc.tuple(any), (n) => [`${Number(math.isPrime(n))}`, `isprime(${n})`]),
  nextPrime: family(400, fc.tuple(any), (n) => [`${math.nextPrime(n)}`, `nextprime(${n < 0n ? 0n : n} + 1)`]),
  primes: family(100, fc.tuple(fc.bigInt({ min: 2n, max: 2n ** 36n }), fc.bigInt({ min: 1n, max: 3000n })), (from, length) => [
    `[${math.primes(from, from + length).join(', ')}]`,
    `primes([${from}, ${from + length - 1n}])`,
  ]),
  factor: family(600, fc.tuple(fc.oneof(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), small)), (n) =>
    n === 0n || n === 1n ? ['Mat([2, 1])', 'factor(2)'] : [powers(n), `factor(${n})`],
  ),
  isqrt: family(600, fc.tuple(natural, fc.bigInt({ min: -1n, max: 1n })), (n, beside) => {
    const square = n * n + beside < 0n ? 0n : n * n + beside
    return [`${math.isqrt(square)}`, `sqrtint(${square})`]
  }),
  iroot: family(700, fc.tuple(natural, fc.integer({ min: 1, max: 12 }), fc.bigInt({ min: -1n, max: 1n })), (n, k, beside) => {
    const power = n ** BigInt(k) + beside < 0n ? 0n : n ** BigInt(k) + beside
    return [`${math.iroot(power, k)}`, `sqrtnint(${power}, ${k})`]
  }),
  binomial: family(700, fc.tuple(fc.oneof(small, any), fc.bigInt({ min: -3n, max: 40n })), (n, k) => [
    `${math.binomial(n, k)}`,
    `binomial(${n}, ${k})`,
  ]),
  fibonacci: family(400, fc.tuple(fc.integer({ min: -2000, max: 2000 })), (n) => [`${math.fibonacci(n)}`, `fibonacci(${n})`]),
  crt: family(650, fc.tuple(any, any, any, modulus, modulus, modulus), (a, b, c, m, n, k) => {
    const [g, h] = [math.gcd(m, n), math.gcd(math.lcm(m, n), k)]
    const agree = `(${a} - (${b})) % ${g} == 0 && (lift(chinese(Mod(${a}, ${m}), Mod(${b}, ${n}))) - (${c})) % ${h} == 0`
    return [
      noneOr(() => math.crt([a, b, c], [m, n, k])),
      `if(${agree}, lift(chinese([Mod(${a}, ${m}), Mod(${b}, ${n}), Mod(${c}, ${k})])), "none")`,
    ]
  }),
  Rational: family(1000, fc.tuple(fraction, fraction, fc.integer({ min: -5, max: 5 })), (x, y, k) => [
    [
      x.plus(y),
      x.minus(y),
      x.times(y),
      y.numerator === 0n ? 0n : x.over(y),
      x.numerator === 0n ? 0n : x.power(k),
      x.floor(),
      x.ceil(),
      x.compare(y),
    ].join(' '),
    ['+', '-', '*'].map((sign) => `(${x}) ${sign} (${y}), " ", `).join('') +
      `if((${y}) == 0, 0, (${x}) / (${y})), " ", if((${x}) == 0, 0, (${x})^(${k})), " ", floor(${x}), " ", ceil(${x}), " ", sign((${x}) - (${y}))`,
  ]),
  calculate: family(1000, fc.tuple(expressions()), (text) => [noneOr(() => calculated(text)), `iferr(${text}, E, "none")`]),
}

/** Expressions that both read. */
function expressions(): fc.Arbitrary<string> {
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      fc.bigInt({ min: 0n, max: 10n ** 12n }).map(String),
      fc.tuple(tie('expression'), fc.constantFrom('+', '-', '*', '/', ' + '), tie('expression')).map((parts) => parts.join('')),
      tie('expression').map((inner) => `(${inner})`),
      tie('expression').map((inner) => `(-${inner})`),
      fc.tuple(tie('expression'), fc.integer({ min: -3, max: 4 })).map(([inner, k]) => `(${inner})^(${k})`),
      fc.tuple(tie('expression'), fc.integer({ min: 0, max: 50 })).map(([inner, k]) => `(${inner}+fibonacci(${k}))`),
    ),
  }))
  return expression
}
const calculated = (text: string): math.Value => {
  try {
    return math.calculate(text)
  } catch (error) {
    if (error instanceof math.ExpressionError) throw new RangeError(error.message)
    throw error
  }
}

test('M1 ten thousand cases at least are compared', () => {
  expect(Object.values(FAMILIES).reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(10_000)
})

describe('M1 agrees with PARI', () => {
  const why = missingPari()
  test.for(Object.entries(FAMILIES))('M1 %s', ([, { count, cases }], context) => {
    context.skip(why !== undefined, why)
    const sample = fc.sample(cases, { numRuns: count, seed: SEED })
    const theirs = askPari(sample.map(([, asked]) => asked))
    for (const [i, [ours, asked]] of sample.entries()) expect(ours, asked).toBe(theirs[i])
  })
})
