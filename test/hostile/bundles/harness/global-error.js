// An error that nobody catches reaches the maker of the worker, who may take it for the worker's end.
export async function work() {
  attempt(() => reportError(new Error('FORGED')))
  attempt(() => queueMicrotask(() => { throw new Error('FORGED') }))
  await null
  await null
  return 'done'
}
