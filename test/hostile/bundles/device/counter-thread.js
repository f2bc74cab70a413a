// A clock made of a thread that counts in shared memory.
export async function work() {
  const shared = new Int32Array(new SharedArrayBuffer(4))
  const text = 'onmessage = (e) => { for (;;) Atomics.add(e.data, 0, 1) }'
  const worker = new Worker((globalThis.URL ?? webkitURL).createObjectURL(new Blob([text], { type: 'text/javascript' })))
  worker.postMessage(shared)
  for (let i = 0; i < 1e9 && shared[0] === 0; i++) if (i % 1000 === 0) Atomics.wait(shared, 0, 0, 1)
  return shared[0] > 0
}
