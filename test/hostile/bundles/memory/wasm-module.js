// The memory that a module declares, without a maximum, grown from inside.
const GROWS = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 9, 2, 1, 103, 0, 0, 1, 109, 2, 0, 10, 8, 1, 6, 0, 32, 0,
  64, 0, 11,
]
export function work() {
  const { g, m } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(GROWS))).exports
  g(12_000)
  const bytes = new Uint8Array(m.buffer)
  for (let at = 0; at < bytes.length; at += 4096) bytes[at] = 1
  for (;;) if (bytes.length === 0) return 0
}
