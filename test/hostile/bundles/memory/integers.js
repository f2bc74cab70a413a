export function work() {
  const kept = []
  for (let i = 1n; i < 64n; i++) kept.push((1n << (8n * 12_000_000n)) + i)
  for (;;) if (kept.length === 0) return 0
}
