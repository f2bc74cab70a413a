import type { ResultEvent } from './job-results.ts'

/** The divisors that units of a factorisation returned, increasing, each once; whatever else devices sent is passed over. */
export function divisorsIn(events: readonly ResultEvent[]): bigint[] {
  const found = new Set<bigint>()
  for (const { outputs = [] } of events) {
    for (const output of outputs) if ('value' in output) for (const divisor of claimedIn(output.value)) found.add(divisor)
  }
  return [...found].sort((a, b) => (a < b ? -1 : 1))
}

function claimedIn(value: unknown): bigint[] {
  const factors = (value as { factors?: unknown } | null)?.factors
  if (!Array.isArray(factors)) return []
  return factors.flatMap((factor: { $int?: unknown } | null) => {
    const text = factor?.$int
    return typeof text === 'string' && /^\d{1,5000}$/.test(text) ? [BigInt(text)] : []
  })
}
