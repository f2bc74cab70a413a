/** `dsage/math`: exact integers and fractions. Its functions are in scope wherever a job runs, and can be imported everywhere else. */
export { type CalculateOptions, calculate, type Value } from './math/calculate.ts'
export { factor, type PrimePower } from './math/factor.ts'
export type { Integer } from './math/integer.ts'
export { ExpressionError } from './math/notation.ts'
export { binomial, crt, fibonacci, gcd, invMod, iroot, isPrime, isqrt, lcm, nextPrime, powMod, primes } from './math/number-theory.ts'
export { Rational, type RationalLike } from './math/rational.ts'
