// Deeper than any stack.
export function work() {
  let nest = {}
  for (let i = 0; i < 2e5; i++) nest = { nest }
  return nest
}
