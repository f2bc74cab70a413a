// As many messages as it can make, to whoever listens.
export async function work() {
  attempt(() => {
    const filler = 'x'.repeat(1000)
    for (;;) postMessage({ kind: 'report', filler })
  })
  return settled()
}
