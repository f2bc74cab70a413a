import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { MapMeasured } from './map-client.ts'
import { median, type Report, type Row } from './report.ts'

const INPUTS = 100_000
/** Dask takes about a millisecond a call: fewer inputs where each is a call of its own. */
const DASK_SINGLE_INPUTS = 10_000
/** Debian's own, where python3-distributed is. */
const PYTHON = '/usr/bin/python3'
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

async function output(command: string, words: readonly string[]): Promise<string> {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${code}.`)
  return text
}

async function ours(batch: 'auto' | number, runs: number): Promise<Row[]> {
  const measured: MapMeasured[] = []
  for (let run = 0; run < runs; run++) {
    measured.push(JSON.parse(await output(process.execPath, [script('map-client.ts'), String(INPUTS), String(batch)])) as MapMeasured)
    process.stderr.write(`batch ${batch} run ${run + 1}: ${Math.round(INPUTS / measured.at(-1)!.seconds)} inputs/s\n`)
  }
  const of = (figure: (each: MapMeasured) => number) => median(measured.map(figure))
  return [
    { name: `batch ${batch}`, value: of(({ seconds }) => INPUTS / seconds), unit: 'inputs/s' },
    { name: `batch ${batch}, units`, value: of(({ units }) => units), unit: 'units' },
    { name: `batch ${batch}, inputs in the mean unit`, value: of(({ units }) => INPUTS / units), unit: 'inputs' },
    { name: `batch ${batch}, client’s most memory`, value: Math.max(...measured.map(({ bytes }) => bytes)) / 1e6, unit: 'MB' },
  ]
}

/** None where Debian's python3-distributed is not installed. */
async function dask(): Promise<Row[]> {
  if (spawnSync(PYTHON, ['-c', 'import distributed']).status !== 0) {
    process.stderr.write('Dask is left out: install python3-distributed.\n')
    return []
  }
  const rate = async (inputs: number, batch: number) =>
    inputs / Number(await output(PYTHON, [script('map-dask.py'), String(inputs), String(batch)]))
  return [
    { name: 'Dask, 1 input a call', value: await rate(DASK_SINGLE_INPUTS, 1), unit: 'inputs/s' },
    { name: 'Dask, 100 inputs a call', value: await rate(INPUTS, 100), unit: 'inputs/s' },
  ]
}

/** What one thread does without any of it. */
function bareLoop(): Row {
  const square = (n: number) => n * n
  const started = performance.now()
  const values = Array.from({ length: INPUTS }, (_, index) => square(index))
  const seconds = (performance.now() - started) / 1000
  return { name: 'bare loop', value: values.length / seconds, unit: 'inputs/s' }
}

/** Trivial inputs a second, from `d.map` to the list of values, on two headless workers of one thread. */
export async function map({ runs }: { runs: number }): Promise<Report> {
  const rows = [...(await ours('auto', runs)), ...(await ours(100, runs)), ...(await dask()), bareLoop()]
  return { bench: 'map', settings: { inputs: INPUTS, workers: 2, runs }, rows }
}
