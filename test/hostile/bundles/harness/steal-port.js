// A listener of the bundle hears the next unit arrive, and answers for it.
try {
  addEventListener('message', (event) => {
    event.ports[0]?.postMessage({ ok: true, value: ['FORGED'] })
  })
} catch {}
export const work = () => 'done'
