// Messages that look like the protocol, to whoever listens: results of this unit and of others, and Comlink's own words.
export async function work() {
  const messages = [
    { ok: true, value: ['FORGED'] },
    { kind: 'report', output: new Uint8Array([0x80]) },
    { t: 'result', id: 1, ok: true },
    { id: 'x', type: 'SET', path: ['__proto__', 'polluted'], value: { type: 'RAW', value: 'yes' } },
  ]
  for (const message of messages) attempt(() => postMessage(message))
  return settled()
}
