export function work() {
  const Shared = globalThis.SharedArrayBuffer ?? new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer.constructor
  Atomics.wait(new Int32Array(new Shared(8)), 0, 0)
}
