// The harness was told once what to run; it must not be told again, by an event that looks the same.
export async function work() {
  try {
    const { port1, port2 } = new MessageChannel()
    const init = { code: 'export const work = () => "FORGED"', bundle: 'forged', inputs: ['x'], kind: 'run' }
    self.dispatchEvent(new MessageEvent('message', { data: init, ports: [port1] }))
    return await new Promise((resolve) => (port2.onmessage = () => resolve('a second unit ran')))
  } catch {
    return 'done'
  }
}
