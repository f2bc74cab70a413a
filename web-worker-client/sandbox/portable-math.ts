/**
 * Math with the same bits in every engine (INTEGRITY T7). The standard leaves the last digits of its transcendental functions to the engine, and
 * engines differ; these are ports of FreeBSD's and Cephes', made of + − × ÷ and sqrt only, which IEEE 754 prescribes to the last bit.
 */
import { loaders } from './generated/portable-math.js'
import { define, isNotANumber } from './primordials.ts'

type Numeric = (x: number, y: number) => number
const { abs, E, floor, PI, sqrt } = Math
const INFINITY = Number.POSITIVE_INFINITY

/** The library's function, loaded at the first call. */
function loaded(name: keyof typeof loaders): Numeric {
  let compute: Numeric | undefined
  return (x, y) => {
    compute ??= loaders[name]()
    return compute(x, y)
  }
}

const [atan, largeExp, power, smallCosh] = [loaded('atan'), loaded('exp'), loaded('pow'), loaded('cosh')]

/**
 * The library's is wrong for negative, infinite and NaN bases and exponents: it gets positive finite ones. Where one operation gives the right
 * bits it is taken: the others take ten times as long.
 */
function pow(x: number, y: number): number {
  if (y === 2) return x * x
  if (y === 1) return x
  if (y === -1) return 1 / x
  if (y === 0) return 1
  const size = abs(x)
  if (isNotANumber(x) || isNotANumber(y) || (size === 1 && abs(y) === INFINITY)) return Number.NaN
  const isInteger = floor(y) === y
  const isOdd = isInteger && abs(y) <= 2 ** 53 && y % 2 !== 0
  if (x < 0 && size !== INFINITY && !isInteger) return Number.NaN
  const isNegative = isOdd && (x < 0 || 1 / x < 0)
  const value = sizeOfPower(size, y)
  return isNegative ? -value : value
}

/** `base` from 0 to Infinity, 1 only with a finite exponent. */
function sizeOfPower(base: number, exponent: number): number {
  if (base === 1) return 1
  const isBoundless = base === 0 || base === INFINITY || abs(exponent) === INFINITY
  if (!isBoundless) return power(base, exponent)
  return base > 1 === exponent > 0 ? INFINITY : 0
}

const PI_REST = 1.2246467991473532e-16

/** As FreeBSD's; the library's loses signs where the quotient underflows. */
function atan2(y: number, x: number): number {
  if (isNotANumber(x) || isNotANumber(y)) return Number.NaN
  const angle = angleOf(abs(y), x)
  return y < 0 || 1 / y < 0 ? -angle : angle
}

/** `y` from 0. */
function angleOf(y: number, x: number): number {
  const isLeft = x < 0 || 1 / x < 0
  if (y === 0) return isLeft ? PI : 0
  if (x === 0) return PI / 2
  if (y === INFINITY) return abs(x) === INFINITY ? (isLeft ? (3 * PI) / 4 : PI / 4) : PI / 2
  if (abs(x) === INFINITY) return isLeft ? PI : 0
  const angle = atan(y / abs(x), 0)
  return isLeft ? PI - (angle - PI_REST) : angle
}

/** The library's is 0 before its value is, and not quite e at 1. */
function exp(x: number): number {
  if (x === 1) return E
  if (!(x < -740 && x > -746)) return largeExp(x, 0)
  const half = largeExp(x / 2, 0)
  return half * half
}

/** The library's overflows before its value does. */
function cosh(x: number): number {
  if (!(abs(x) > 709 && abs(x) < INFINITY)) return smallCosh(x, 0)
  const half = exp(abs(x) / 2)
  return (half / 2) * half
}

/** Scaled by the largest, so that no square overflows, and summed with Kahan's correction. */
function hypot(...values: unknown[]): number {
  let largest = 0
  let lacksNumber = false
  for (let i = 0; i < values.length; i++) {
    const value = abs(+(values[i] as number))
    define(values, i, value, true)
    if (value > largest) largest = value
    else if (isNotANumber(value)) lacksNumber = true
  }
  if (largest === INFINITY) return largest
  if (lacksNumber || largest === 0) return lacksNumber ? Number.NaN : 0
  let sum = 0
  let lost = 0
  for (let i = 0; i < values.length; i++) {
    const part = (values[i] as number) / largest
    const square = part * part - lost
    const next = sum + square
    lost = next - sum - square
    sum = next
  }
  return sqrt(sum) * largest
}

const OWN: Readonly<Partial<Record<keyof typeof loaders, Numeric>>> = { atan2, cosh, exp, pow }

/** Replaces them on `math`; gives what puts the engine's own back, to be called before any job byte. */
export function installPortableMath(math: object): () => void {
  const names = [...Object.keys(loaders), 'hypot']
  const own = names.map((name) => (math as Readonly<Record<string, unknown>>)[name])
  for (const name of Object.keys(loaders) as (keyof typeof loaders)[]) {
    const compute = OWN[name] ?? loaded(name)
    // Arrows in an object are named after their key and construct nothing, as what they replace.
    const one = { [name]: (x: unknown) => compute(+(x as number), 0) }
    const two = { [name]: (x: unknown, y: unknown) => compute(+(x as number), +(y as number)) }
    define(math, name, name === 'pow' || name === 'atan2' ? two[name] : one[name])
  }
  define(math, 'hypot', { hypot: (...values: unknown[]) => hypot(...values) }.hypot)
  return () => {
    for (let i = 0; i < names.length; i++) define(math, names[i]!, own[i])
  }
}
