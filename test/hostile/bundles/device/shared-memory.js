// Shared memory by the back door of WebAssembly, which needs no name of its own.
export function work() {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  return Object.prototype.toString.call(memory.buffer)
}
