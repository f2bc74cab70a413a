// Bytes that go away, or grow, while they are read.
export function work() {
  const buffer = new ArrayBuffer(8, { maxByteLength: 64 })
  const view = new Uint8Array(buffer)
  return { view, get late() { buffer.resize(0); return 1 } }
}
