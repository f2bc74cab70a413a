/** Colours of iteration counts, four bytes each: from pale over the accent's blue to ink for what never leaves. */
const STOPS: readonly (readonly [at: number, red: number, green: number, blue: number])[] = [
  [0, 240, 246, 247],
  [0.35, 158, 204, 218],
  [0.6, 46, 134, 168],
  [0.85, 12, 66, 92],
  [1, 7, 26, 37],
]

function colourAt(share: number): number[] {
  const next = Math.max(
    1,
    STOPS.findIndex(([at]) => at >= share),
  )
  const [from, to] = [STOPS[next - 1]!, STOPS[next]!]
  const part = (share - from[0]) / (to[0] - from[0])
  return [1, 2, 3].map((channel) => Math.round(from[channel]! + part * (to[channel]! - from[channel]!)))
}

export const palette: readonly (readonly number[])[] = Array.from({ length: 256 }, (_, count) =>
  colourAt(Math.log1p(count) / Math.log(256)),
)
