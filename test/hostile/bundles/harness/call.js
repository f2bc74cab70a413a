// Functions that are called through call, apply, bind or Reflect are called by the bundle.
const forge = function () {
  return 'FORGED'
}
for (const method of ['call', 'apply', 'bind']) Function.prototype[method] = forge
for (const method of ['apply', 'construct', 'get', 'ownKeys', 'getPrototypeOf', 'defineProperty', 'getOwnPropertyDescriptor']) Reflect[method] = forge
for (const method of ['keys', 'entries', 'values', 'getOwnPropertyNames', 'getOwnPropertyDescriptor', 'getPrototypeOf', 'hasOwn', 'assign', 'freeze', 'defineProperty', 'is'])
  Object[method] = forge
export const work = (input) => input
