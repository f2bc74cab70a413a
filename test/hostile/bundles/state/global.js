export function work() {
  globalThis.visits = (globalThis.visits ?? 0) + 1
  return globalThis.visits
}
