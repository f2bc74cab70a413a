// Each error that nobody catches is an event at the maker of the worker.
export async function work() {
  attempt(() => {
    for (let i = 0; i < 2_000; i++) reportError(i)
  })
  return settled()
}
