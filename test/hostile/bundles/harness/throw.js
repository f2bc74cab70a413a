// A thrown thing is asked for its name, message and stack: getters, traps, text of any size.
export function work(input) {
  if (input === 'proxy') throw new Proxy(new Error('x'), { get: (_, key) => (key === 'message' ? 'm'.repeat(1e6) : 'n'.repeat(1e6)), getPrototypeOf: () => null })
  if (input === 'number') throw { name: 1, message: { toString: () => 'FORGED' }, stack: 5 }
  if (input === 'lone') throw { name: '\ud800', message: '\udfff' }
  throw { get name() { throw this }, get message() { throw this }, get stack() { throw this } }
}
