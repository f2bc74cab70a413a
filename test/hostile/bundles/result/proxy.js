// Its keys and values change between two looks.
export function work() {
  let looks = 0
  return new Proxy({}, {
    ownKeys: () => (looks++ % 2 ? ['a'] : ['a', 'b']),
    getOwnPropertyDescriptor: () => ({ value: looks++, enumerable: true, configurable: true }),
    get: () => looks++,
  })
}
