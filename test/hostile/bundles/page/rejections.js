// Firefox tells its console, on the thread of the page, of each rejected promise that nobody handles, also of those whose event is prevented.
export async function work() {
  for (let i = 0; i < 30_000; i++) Promise.reject(i)
  await null
  return 'done'
}
