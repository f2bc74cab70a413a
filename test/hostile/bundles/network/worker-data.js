const text = 'fetch("http://__SINK__/from-worker", { mode: "no-cors" }).catch(() => {}).then(() => postMessage(1))'
export async function work() {
  attempt(
    () =>
      new Promise((resolve) => {
        const worker = new Worker(`data:text/javascript,${encodeURIComponent(text)}`)
        worker.onmessage = worker.onerror = resolve
      }),
  )
  return settled()
}
