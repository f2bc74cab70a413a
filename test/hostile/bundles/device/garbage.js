// When memory is collected differs from run to run.
export function work() {
  return [typeof WeakRef, typeof FinalizationRegistry, typeof gc]
}
