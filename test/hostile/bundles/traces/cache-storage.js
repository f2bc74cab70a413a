export async function work() {
  attempt(async () => (await caches.open('pwned')).put('/pwned', new Response('x')))
  return settled()
}
