/** A sweep over two parameters: how long the logistic map x -> r x (1 - x) takes to repeat, for each r and each starting point. */
import { startAll } from 'dsage'

const d = await startAll({ workers: 2 })
try {
  const period = d.parallel((r: number, x: number) => {
    let at = x
    for (let i = 0; i < 20_000; i++) at = r * at * (1 - at)
    const first = at
    for (let n = 1; n <= 64; n++) {
      at = r * at * (1 - at)
      if (Math.abs(at - first) < 1e-9) return n
    }
    return undefined
  })
  const settings: [number, number][] = []
  for (const r of [2.8, 3.2, 3.5, 3.55, 3.83, 3.9]) for (const x of [0.2, 0.6]) settings.push([r, x])
  const found = new Map<number, Set<number | undefined>>()
  for await (const [[r], n] of period(settings)) found.set(r, (found.get(r) ?? new Set()).add(n))
  for (const [r, periods] of [...found].sort(([a], [b]) => a - b)) {
    console.log(`r = ${r}: ${[...periods].map((n) => (n === undefined ? 'no period up to 64' : `period ${n}`)).join(', ')}`)
  }
} finally {
  await d.close()
}
