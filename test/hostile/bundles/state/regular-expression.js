// The legacy properties of RegExp remember the last match of the realm.
export function work(input) {
  const remembered = RegExp.$1
  ;/(\w+)/.test(`secret${input}`)
  return remembered
}
