// What anybody would write first: a worker of the page's own origin that imports the bundle and posts what it gives. Nothing is taken away,
// nothing captured, and the worker serves every unit of its page. Each hostile bundle shows here what the sandbox is for.
const loaded = new Map()
self.onmessage = async ({ data, ports: [port] }) => {
  const { bundle, code, inputs } = data
  if (!loaded.has(bundle)) loaded.set(bundle, await import(URL.createObjectURL(new Blob([code], { type: 'text/javascript' }))))
  const { work } = loaded.get(bundle)
  const ctx = { random: Math.random, tick: async () => {}, console, progress() {} }
  const outputs = []
  for (const input of inputs) {
    try {
      outputs.push({ value: await work(input, ctx) })
    } catch (error) {
      outputs.push({ error: { name: error.name, message: error.message } })
    }
  }
  port.postMessage(outputs)
}
