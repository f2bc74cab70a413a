export async function work() {
  attempt(
    () =>
      new Promise((resolve) => {
        const source = new EventSource('http://__SINK__/events')
        source.onopen = source.onerror = resolve
      }),
  )
  return settled()
}
