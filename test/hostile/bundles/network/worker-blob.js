// A worker of one's own, with whatever the platform gives to a fresh one.
const text = 'fetch("http://__SINK__/from-worker", { mode: "no-cors" }).catch(() => {}).then(() => postMessage(1))'
export async function work() {
  const alive = (options) =>
    new Promise((resolve) => {
      const worker = new Worker((globalThis.URL ?? webkitURL).createObjectURL(new Blob([text], { type: 'text/javascript' })), options)
      worker.onmessage = worker.onerror = resolve
    })
  attempt(() => alive())
  attempt(() => alive({ type: 'module' }))
  return settled()
}
