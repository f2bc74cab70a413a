// A descriptor that says one thing when it is checked and another when it is used.
export function work() {
  let looks = 0
  const growing = (small, large) => ({ valueOf: () => (looks++ < 1 ? small : large) })
  const memory = new WebAssembly.Memory({
    get initial() { return growing(1, 12_000) },
    get maximum() { return growing(1, 65_536) },
  })
  const bytes = new Uint8Array(memory.buffer)
  if (bytes.length < 12_000 * 65_536) memory.grow(12_000)
  const grown = new Uint8Array(memory.buffer)
  for (let at = 0; at < grown.length; at += 4096) grown[at] = 1
  for (;;) if (grown.length === 0) return 0
}
