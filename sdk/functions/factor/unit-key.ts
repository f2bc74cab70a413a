/** Names of units: a key fixes its input within one factorisation, so adding it twice is adding it once. */
import type { EcmUnit } from './work.ts'

const TAG_MODULUS = (1n << 61n) - 1n

/** `t-3`: the fourth range of the trial division. */
export function trialKey(index: number): string {
  return `t-${index}`
}

/** `e-<tag of the modulus>-<level>-<first index>-<curves>`. */
export function ecmKey({ n, level, firstIndex, curves }: Pick<EcmUnit, 'n' | 'level' | 'firstIndex' | 'curves'>): string {
  return `e-${modulusTag(n)}-${level}-${firstIndex}-${curves}`
}

/** 16 hex digits that differ for different divisors of one number, but for one chance in 2^61. */
export function modulusTag(n: bigint): string {
  return (n % TAG_MODULUS).toString(16).padStart(16, '0')
}
