export function work() {
  const ring = []
  ring[0] = [ring]
  return ring
}
