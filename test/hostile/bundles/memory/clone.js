// Copies of copies, by a function of the platform.
export function work() {
  const kept = [new Uint8Array(64 << 20).fill(1)]
  for (let i = 0; i < 12; i++) kept.push(structuredClone(kept[0]))
  for (;;) if (kept.length === 0) return 0
}
