// Each within its limit, and many of them.
export function work() {
  const kept = []
  for (let i = 0; i < 24; i++) {
    const memory = new WebAssembly.Memory({ initial: 512, maximum: 512 })
    const bytes = new Uint8Array(memory.buffer)
    for (let at = 0; at < bytes.length; at += 4096) bytes[at] = 1
    kept.push(memory)
  }
  for (;;) if (kept.length === 0) return 0
}
