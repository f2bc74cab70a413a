import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Report } from './report.ts'
import { ServerProcess } from './server-process.ts'
import { sleep } from './sleep.ts'
import type { StormReport } from './storm-devices.ts'

const DEVICES = 2000

/** Thousands of devices lose their server and come back at once. */
export async function storm(): Promise<Report> {
  const server = await ServerProcess.start()
  await sleep(2)
  const memoryBefore = server.memory()
  const child = spawn(process.execPath, ['test/bench/storm-devices.ts'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const ask = (message: object): Promise<StormReport> =>
    new Promise((resolve) => {
      lines.once('line', (line) => resolve(JSON.parse(line) as StormReport))
      child.stdin.write(`${JSON.stringify(message)}\n`)
    })
  const everybody = async (): Promise<number> => {
    const started = performance.now()
    while ((await ask({})).welcome < DEVICES) await sleep(0.05)
    return (performance.now() - started) / 1000
  }
  await ask({ url: server.url, devices: DEVICES })
  const first = await everybody()
  await sleep(5)
  const memory = server.memory() - memoryBefore
  await ask({ reset: true })
  await server.stop('SIGKILL')
  const again = await server.again()
  const back = await everybody()
  const { longestCallMs } = await ask({})
  child.stdin.end()
  await again.remove()
  return {
    bench: 'storm',
    settings: { devices: DEVICES },
    rows: [
      { name: 'first connection of all', value: first, unit: 's' },
      { name: 'server memory a device', value: memory / DEVICES / 1024, unit: 'KiB' },
      { name: 'all back after the restart', value: back, unit: 's' },
      { name: 'longest call meanwhile', value: longestCallMs, unit: 'ms' },
    ],
  }
}
