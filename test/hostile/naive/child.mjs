// The same in a process of Node: the bundle is imported as any module is.
import { deserialize, serialize } from 'node:v8'

const loaded = new Map()
process.on('message', async ({ unit }) => {
  const { bundle, code, inputs } = deserialize(Buffer.from(unit, 'base64'))
  if (!loaded.has(bundle)) loaded.set(bundle, await import(`data:text/javascript,${encodeURIComponent(code)}`))
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
  process.send({ ok: true, outputs: serialize(outputs).toString('base64') })
})
