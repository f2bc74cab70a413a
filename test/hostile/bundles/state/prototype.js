export function work() {
  const found = Object.prototype.left ?? [].left ?? (() => {}).left ?? ''.left ?? 'clean'
  for (const { prototype } of [Array, Function, String]) prototype.left = 'FORGED'
  return found
}
