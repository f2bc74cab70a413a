import { encode } from '../../sdk/codec.ts'
import { unitOf } from '../client/sandbox-support.ts'
import type { Browser, BrowserEngine, BrowserPage } from '../support/browsers/browser.ts'
import { browsers } from '../support/browsers/browsers.ts'
import { plainUnit } from '../support/sandbox-page/plain.ts'
import { startSandboxPage } from '../support/sandbox-page/sandbox-page.ts'
import { percentile, type Report, type Row } from './report.ts'

/** In Chromium, where the bar is; the others are only printed. */
const RUNS = 120
const FURTHER_RUNS = 20
const UNITS_REUSED = 300
const UNITS_FRESH = 50

/** `run(n)`: an integer of 64 bits, multiplied and added to n times. */
const WASM_BODY = [
  ...[1, 1, 126, 3, 64, 32, 1, 66, 237, 156, 153, 142, 4, 126, 66, 185, 224, 0, 124, 33, 1],
  ...[32, 0, 65, 1, 107, 34, 0, 13, 0, 11, 32, 1, 11],
]
const WASM = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 126, 3, 2, 1, 0, 7, 7, 1, 3, 114, 117, 110, 0, 0],
  ...[10, WASM_BODY.length + 2, 1, WASM_BODY.length, ...WASM_BODY],
]
/** Some tens of milliseconds: long enough that starting it does not count, short enough that some runs are not disturbed. */
const LOOPS: Readonly<Record<string, string>> = {
  BigInt: `export const work = () => { const m = 2n ** 521n - 1n; let r = 1n, b = 3n; for (let i = 0; i < 160; i++) { for (let e = m - 2n; e > 0n; e >>= 1n) { if (e & 1n) r = r * b % m; b = b * b % m } } return r }`,
  Float64: `export const work = () => { const a = new Float64Array(1 << 16).map((_, i) => i); let s = 0; for (let k = 0; k < 400; k++) for (let i = 0; i < a.length; i++) s = s * 0.5 + a[i]; return s }`,
  WebAssembly: `const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from([${WASM.join(',')}])))\nexport const work = () => exports.run(40000000)`,
}
const scripts = Object.fromEntries(
  Object.entries(LOOPS).map(([name, code]) => [`/${name}.js`, `${code}\nonmessage = () => postMessage(String(work()))`]),
)

/** Milliseconds that the loop takes in a worker of the page's own. */
const inBareWorker = (tab: BrowserPage, name: string) =>
  tab.evaluate(`new Promise((resolve, reject) => {
    const worker = (globalThis.bare ??= {})[${JSON.stringify(name)}] ??= new Worker(${JSON.stringify(`/${name}.js`)}, { type: 'module' })
    const startedAt = performance.now()
    worker.onerror = ({ message }) => reject(new Error(message))
    worker.onmessage = () => resolve(performance.now() - startedAt)
    worker.postMessage(0)
  })`) as Promise<number>

/** The same in the sandbox, in a realm that has run it before. */
async function inSandbox(tab: BrowserPage, name: string): Promise<number> {
  const unit = JSON.stringify(plainUnit(unitOf(LOOPS[name]!, [0], { job: name, timeoutSeconds: 60 })))
  const outcome = (await tab.evaluate(`runUnit(${unit})`)) as { seconds: number; output?: string }
  if (!outcome.output) throw new Error(`Expected ${name} to give an output, got ${JSON.stringify(outcome)}.`)
  return outcome.seconds * 1000
}

/** Of each way the shortest: whatever else the machine does only makes it longer. */
async function compare(tab: BrowserPage, engine: string): Promise<Row[]> {
  const rows: Row[] = []
  for (const name of Object.keys(LOOPS)) {
    const bare: number[] = []
    const sandboxed: number[] = []
    for (let run = 0; run < (engine === 'chromium' ? RUNS : FURTHER_RUNS); run++) {
      bare.push(await inBareWorker(tab, name))
      sandboxed.push(await inSandbox(tab, name))
    }
    rows.push({ name: `${engine}: ${name}, bare worker`, value: Math.min(...bare), unit: 'ms' })
    rows.push({ name: `${engine}: ${name}, sandbox / bare`, value: Math.min(...bare) / Math.min(...sandboxed), unit: '× as fast' })
  }
  return rows
}

/** Milliseconds from unit to unit of a job that computes nothing. */
async function overheads(tab: BrowserPage, units: number, isolation: 'unit' | 'job'): Promise<number[]> {
  const unit = JSON.stringify({
    ...plainUnit(unitOf('export const work = (x) => x', [1], { isolation })),
    input: Buffer.from(encode([1])).toString('base64'),
  })
  return (await tab.evaluate(`(async () => {
    const unit = ${unit}, times = []
    for (let i = 0; i < 5; i++) await runUnit(unit)
    for (let i = 0; i < ${units}; i++) {
      const startedAt = performance.now()
      await runUnit(unit)
      times.push(performance.now() - startedAt)
    }
    return times
  })()`)) as number[]
}

async function measure(engine: BrowserEngine): Promise<Row[]> {
  const page = await startSandboxPage({ scripts })
  const browser: Browser = await engine.launch()
  try {
    const tab = await browser.open(page.url)
    const rows = await compare(tab, engine.name)
    const again = await overheads(tab, UNITS_REUSED, 'job')
    const anew = await overheads(await browser.open(page.url), UNITS_FRESH, 'unit')
    for (const [name, times] of [
      ['a used realm', again],
      ['a fresh realm', anew],
    ] as const) {
      rows.push({ name: `${engine.name}: a unit in ${name}, p50`, value: percentile(times, 0.5), unit: 'ms' })
      rows.push({ name: `${engine.name}: a unit in ${name}, p95`, value: percentile(times, 0.95), unit: 'ms' })
    }
    return rows
  } finally {
    await browser.close()
    await page.close()
  }
}

/** What does the sandbox cost? Native speed is the promise: bars are 0.97 × a bare worker, 1 ms a unit in a used realm and 30 ms in a fresh one. */
export async function sandbox(): Promise<Report> {
  const rows: Row[] = []
  const skipped: string[] = []
  for (const engine of browsers) {
    const missing = engine.missing()
    if (missing === undefined) rows.push(...(await measure(engine)))
    else skipped.push(`${engine.name}: ${missing}`)
  }
  return {
    bench: 'sandbox',
    settings: { runs: RUNS, furtherRuns: FURTHER_RUNS, unitsReused: UNITS_REUSED, unitsFresh: UNITS_FRESH, skipped },
    rows,
  }
}
