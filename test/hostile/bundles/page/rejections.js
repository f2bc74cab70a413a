// Firefox tells the page's own thread of each rejected promise that nobody handles, also of those whose event is prevented.
export async function work() {
  for (let i = 0; i < 30_000; i++) Promise.reject(i)
  await null
  return 'done'
}
