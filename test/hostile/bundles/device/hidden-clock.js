// Clocks that are no names of their own: events, resource timings, waits, the age of a time origin.
export async function work() {
  const found = []
  const look = (name, f) => {
    try {
      if (f() !== undefined) found.push(name)
    } catch {}
  }
  look('event', () => new Event('x').timeStamp)
  look('origin', () => performance.timeOrigin)
  look('entries', () => performance.getEntries())
  look('temporal', () => Temporal.Now.instant())
  look('wait', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1))
  look('timer', () => setTimeout(() => {}, 0))
  look('frame', () => requestAnimationFrame(() => {}))
  look('hrtime', () => process.hrtime())
  look('file', () => new File([], 'x').lastModified)
  return found
}
