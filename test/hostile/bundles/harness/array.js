// Whoever keeps a list with push, spread or for…of, or reads an index that is not there, asks the bundle.
const forged = [{ value: 'FORGED' }]
for (const method of ['push', 'map', 'slice', 'concat', 'forEach', 'entries', 'values', 'join', 'at', 'fill', 'reduce'])
  Array.prototype[method] = function () {
    for (let i = 0; i < this.length; i++) this[i] = 'FORGED'
    return forged
  }
Array.prototype[Symbol.iterator] = function* () {
  yield 'FORGED'
}
Array.from = Array.of = () => forged
export const work = (input) => input
