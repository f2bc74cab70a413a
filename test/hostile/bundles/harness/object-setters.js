// A setter on Object.prototype sees what is assigned; a getter answers for what is not there.
const keys = ['value', 'error', 'output', 'outputs', 'errored', 'message', 'ok', 'kind', 'seconds', 'console', 'stack', 'report', 'maxBytes', 'random', '0', '1', 'length', 'get', 'set', 'writable']
for (const key of keys) {
  let kept
  Object.defineProperty(Object.prototype, key, {
    __proto__: null,
    configurable: true,
    get: () => (key === 'get' || key === 'set' || key === 'writable' ? undefined : (kept ?? 'FORGED')),
    set: () => (kept = 'FORGED'),
  })
}
export const work = (input) => input
