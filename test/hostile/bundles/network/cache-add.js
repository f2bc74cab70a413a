// The Cache API fetches by itself.
export async function work() {
  attempt(async () => (await caches.open('pwned')).add('http://__SINK__/cached'))
  attempt(async () => (await caches.open('pwned')).add('http://__PORTAL__/api/me'))
  return settled()
}
