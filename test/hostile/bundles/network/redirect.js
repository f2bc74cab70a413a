// The portal forwards to anywhere: an allowed first address must not be a way to a second one.
export async function work() {
  attempt(() => fetch('http://__PORTAL__/redirect?to=http%3A%2F%2F__SINK__%2Fredirected', { mode: 'no-cors' }))
  attempt(() => import('http://__PORTAL__/redirect?to=http%3A%2F%2F__SINK__%2Fmodule.js'))
  return settled()
}
