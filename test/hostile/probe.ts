/** What looks on from inside the page while a bundle attacks: its own lateness, what reached it, what was left in it. Injected by the driver. */
import { CodecError, decode, encodeOutputs, inspectOutputs, type OutputItem } from '../../sdk/codec.ts'
import { LIMITS } from '../../sdk/protocol.ts'
import { bytesOf, type PlainOutcome, type PlainUnit, plainOutcome } from '../support/sandbox-page/plain.ts'

/** What the page saw since it was last asked. */
export interface PageView {
  /** The longest task of the page, milliseconds: as the browser measures it, or else at most that, the longest time in which nothing of the page ran. */
  readonly longestTask: number
  readonly errors: readonly string[]
  /** Messages nobody asked for, and what is stored or locked that was not before. */
  readonly traces: readonly string[]
}
interface Timed {
  readonly outcome?: PlainOutcome | undefined
  readonly seconds: number
}
declare global {
  var runUnit: (unit: PlainUnit, thread?: number) => Promise<PlainOutcome | undefined>
  var hostile: typeof probe
}

const TICK_MS = 10
const measuresTasks = PerformanceObserver.supportedEntryTypes.includes('longtask')
let longestTask = 0
let errors: string[] = []
let messages: string[] = []
const described = (message: unknown): string => {
  try {
    return String(JSON.stringify(message)).slice(0, 80)
  } catch {
    return 'something'
  }
}
const hear = (message: unknown) => messages.length < 5 && messages.push(`message ${described(message)}`)

if (measuresTasks) {
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration)
  })
  observer.observe({ type: 'longtask' })
} else {
  let last = performance.now()
  const beat = () => {
    const now = performance.now()
    longestTask = Math.max(longestTask, now - last - TICK_MS)
    last = now
  }
  const frame = () => {
    beat()
    requestAnimationFrame(frame)
  }
  frame() // many short tasks make timers late and not frames
  setInterval(beat, TICK_MS)
}
addEventListener('error', ({ message }) => errors.push(message))
addEventListener('message', ({ data }) => hear(data))
new BroadcastChannel('pwned').onmessage = ({ data }) => hear(data)

async function namesIn(storage: string, read: () => Promise<readonly (string | undefined)[]>): Promise<string[]> {
  try {
    return (await read()).map((name) => `${storage} ${name}`)
  } catch {
    return []
  }
}

async function filesHere(): Promise<string[]> {
  const names: string[] = []
  const folder = (await navigator.storage.getDirectory()) as unknown as { keys(): AsyncIterable<string> }
  for await (const name of folder.keys()) names.push(name)
  return names
}

async function stored(): Promise<string[]> {
  const found = await Promise.all([
    namesIn('database', async () => (await indexedDB.databases()).map(({ name }) => name)),
    namesIn('cache', () => caches.keys()),
    namesIn('file', filesHere),
    namesIn('lock', async () => (await navigator.locks.query()).held!.map(({ name }) => name)),
    namesIn('item', async () => Object.keys(localStorage)),
    namesIn('cookie', async () => document.cookie.split('; ').filter((cookie) => cookie !== '')),
  ])
  return found.flat()
}

/** An answer as a page would take it that believes what comes: whatever is no list of outputs within the cap is seen to be none only here. */
function believed(outputs: unknown): PlainOutcome {
  try {
    const output = encodeOutputs(outputs as OutputItem[], { maxBytes: LIMITS.payloadBytes })
    inspectOutputs(output)
    return plainOutcome({ output, seconds: 0 })
  } catch (error) {
    const message = error instanceof CodecError ? error.message : String(error)
    return { errored: 'believed', message, seconds: 0 }
  }
}

/** Sends a unit to something naive; the first message that comes back is its answer. */
function ask(send: (message: unknown, port: MessagePort) => void, { bundle, code, input }: PlainUnit): Promise<PlainOutcome> {
  const { port1, port2 } = new MessageChannel()
  const { promise, resolve } = Promise.withResolvers<PlainOutcome>()
  port1.onmessage = ({ data }) => resolve(believed(data))
  send({ bundle, code, inputs: decode(bytesOf(input)) }, port2)
  return promise
}

let worker: Worker | undefined
function bareWorker(): Worker {
  if (worker) return worker
  worker = new Worker('/naive/worker.js')
  worker.onerror = ({ message }) => errors.push(message)
  worker.onmessage = ({ data }) => hear(data)
  return worker
}

async function naiveWindow(): Promise<Window> {
  const frame = document.createElement('iframe')
  frame.setAttribute('sandbox', 'allow-scripts')
  frame.src = '/naive/window.html'
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
  document.body.append(frame)
  await loaded
  return frame.contentWindow!
}

const ways = {
  sandbox: (unit: PlainUnit) => globalThis.runUnit(unit),
  bare: (unit: PlainUnit) => ask((message, port) => bareWorker().postMessage(message, [port]), unit),
  window: async (unit: PlainUnit) => {
    const target = await naiveWindow()
    return ask((message, port) => target.postMessage(message, '*', [port]), unit)
  },
}
export type Way = keyof typeof ways

const probe = {
  /** The outcome and how long it took; none when it took longer than `patienceSeconds`. */
  async run(way: Way, unit: PlainUnit, patienceSeconds: number): Promise<Timed> {
    const startedAt = performance.now()
    const seconds = () => (performance.now() - startedAt) / 1000
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, patienceSeconds * 1000))
    const outcome = await Promise.race([ways[way](unit), late])
    return { outcome, seconds: seconds() }
  },
  async look(): Promise<PageView> {
    const view = { longestTask: Math.round(longestTask), errors: errors.slice(0, 5), traces: [...messages, ...(await stored())] }
    longestTask = 0
    errors = []
    messages = []
    return view
  },
}
globalThis.hostile = probe
