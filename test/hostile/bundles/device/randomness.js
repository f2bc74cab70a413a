// Real randomness would make every device answer something else, and mark it.
export function work() {
  const bytes = crypto.getRandomValues(new Uint8Array(4))
  return [Math.random(), [...bytes], crypto.randomUUID()]
}
