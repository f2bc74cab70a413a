// A method that a later unit trusts.
export function work(input) {
  const found = [Math.imul(6, 7), [input].map((x) => x + 1)]
  Math.imul = () => 'FORGED'
  Array.prototype.map = () => ['FORGED']
  return found
}
