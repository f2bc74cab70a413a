/** The middle of values, the mean of the two in the middle of an even number, null of none. Rejected: the mean, which one value can move anywhere. */
export function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  const above = sorted[Math.floor(sorted.length / 2)]
  if (above === undefined) return null
  return sorted.length % 2 === 1 ? above : (above + (sorted[sorted.length / 2 - 1] ?? above)) / 2
}
