export function work() {
  const kept = []
  for (let i = 0; i < 40; i++) {
    const rope = `${i}`.repeat(16 << 20)
    kept.push(rope, rope.charCodeAt(5))
  }
  for (;;) if (kept.length === 0) return 0
}
