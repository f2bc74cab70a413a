/** `dsage/math` as names of the realm. */
import {
  binomial,
  calculate,
  crt,
  factor,
  fibonacci,
  gcd,
  invMod,
  iroot,
  isPrime,
  isqrt,
  lcm,
  nextPrime,
  powMod,
  primes,
  Rational,
} from '../../sdk/math.ts'
import type { MathName } from '../../sdk/sandbox-globals.ts'
import { define } from './primordials.ts'

const NAMES: Readonly<Record<MathName, unknown>> = {
  binomial,
  calculate,
  crt,
  factor,
  fibonacci,
  gcd,
  invMod,
  iroot,
  isPrime,
  isqrt,
  lcm,
  nextPrime,
  powMod,
  primes,
  Rational,
}

export function installMath(global: object): void {
  for (const [name, value] of Object.entries(NAMES)) {
    // Bundling may have given it another.
    if (!Object.isFrozen(value)) Object.defineProperty(value, 'name', { value: name })
    define(global, name, value)
  }
}
