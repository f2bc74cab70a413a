export async function work() {
  attempt(() => navigator.sendBeacon('http://__SINK__/beacon', 'x'))
  attempt(() => fetchLater('http://__SINK__/later', { activateAfter: 0 }))
  attempt(() => new Promise((resolve) => setTimeout(resolve, 200)))
  return settled()
}
