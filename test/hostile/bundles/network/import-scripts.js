export async function work() {
  attempt(() => importScripts('http://__SINK__/script.js'))
  attempt(() => importScripts('http://__PORTAL__/leak.js'))
  attempt(() => importScripts('data:text/javascript,importScripts("http://__SINK__/nested.js")'))
  return settled()
}
