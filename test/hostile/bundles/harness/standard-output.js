// The headless sandbox answers on its standard output: so would the bundle, if it could.
export async function work() {
  attempt(() => process.stdout.write('FORGED'))
  attempt(() => process.send({ ok: true, value: ['FORGED'] }))
  attempt(async () => (await import('node:worker_threads')).parentPort.postMessage({ ok: true, value: ['FORGED'] }))
  return settled()
}
