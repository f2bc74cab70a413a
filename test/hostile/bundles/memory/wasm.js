export function work() {
  const memory = new WebAssembly.Memory({ initial: 1 })
  memory.grow(12_000)
  const bytes = new Uint8Array(memory.buffer)
  for (let at = 0; at < bytes.length; at += 4096) bytes[at] = 1
  for (;;) if (bytes.length === 0) return 0
}
