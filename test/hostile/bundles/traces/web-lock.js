// Whoever holds the lock of the engine stops every tab of this volunteer; here: any lock that the page can see.
export async function work() {
  attempt(() => new Promise((resolve) => navigator.locks.request('pwned', () => (resolve(), new Promise(() => {})))))
  return settled()
}
