/** What is used of the Web Locks API. */
export type Locks = Pick<LockManager, 'request'>

/**
 * Of the tabs of one browser profile one computes: they are one device. Calls `begin` once this is that tab, at once or when the one before
 * has gone, and `waits` first when it has to wait. Calling the returned function leaves the place to the next.
 */
export function whenOnlyTab(locks: Locks, name: string, { begin, waits }: { begin(): void; waits(): void }): () => void {
  const left = Promise.withResolvers<void>()
  const waiting = new AbortController()
  const hold = () => {
    if (!waiting.signal.aborted) begin()
    return left.promise
  }
  const tryFirst = async (lock: Lock | null) => {
    if (lock) return hold()
    waits()
    void locks.request(name, { signal: waiting.signal }, hold).catch(() => {})
  }
  void locks.request(name, { ifAvailable: true }, tryFirst)
  return () => {
    waiting.abort()
    left.resolve()
  }
}
