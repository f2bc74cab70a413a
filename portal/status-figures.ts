import type { ClusterStatus } from '../sdk/protocol.ts'
import { sentences } from './catalogue.ts'
import { create, element, setText } from './elements.ts'

/** Seconds the curve of the pace shows. */
const CURVE_POINTS = 60
const CURVE = { width: 120, height: 24, margin: 2 }

type Figure = keyof typeof sentences.figures

const read: Record<Figure, (status: ClusterStatus) => string> = {
  devices: ({ devicesConnected }) => sentences.number(devicesConnected),
  threads: ({ threadsConnected }) => sentences.number(threadsConnected),
  running: ({ jobs }) => sentences.number(jobs.running),
  pace: ({ unitsPerSecond }) => sentences.pace(unitsPerSecond),
  decided: ({ unitsDecided }) => sentences.number(unitsDecided),
  results: ({ resultsRecorded }) => sentences.number(resultsRecorded),
  queue: ({ callsWaiting, queueAgeMs }) => sentences.queue(callsWaiting, queueAgeMs),
  server: ({ version, database }) => sentences.server(version, database),
}

/** The server's figures as a list of terms, and the pace of the last minute as a curve. */
export class StatusFigures {
  readonly #values = new Map<Figure, HTMLElement>()
  readonly #curve = element('pace').firstElementChild!
  readonly #paces: number[] = []

  constructor() {
    for (const figure of Object.keys(read) as Figure[]) {
      const [pair, term, value] = [create('div', 'figure'), create('dt'), create('dd')]
      setText(term, sentences.figures[figure])
      setText(value, '–')
      pair.append(term, value)
      element('status').append(pair)
      this.#values.set(figure, value)
    }
  }

  show(status: ClusterStatus): void {
    for (const [figure, value] of this.#values) setText(value, read[figure](status))
    this.#paces.push(status.unitsPerSecond)
    if (this.#paces.length > CURVE_POINTS) this.#paces.shift()
    this.#curve.setAttribute('points', curveOf(this.#paces))
  }
}

/** Newest to the right; the highest pace of the minute reaches the top. */
function curveOf(paces: readonly number[]): string {
  const { width, height, margin } = CURVE
  const most = Math.max(...paces, 1)
  const x = (index: number) => width - ((paces.length - 1 - index) * width) / (CURVE_POINTS - 1)
  const y = (pace: number) => height - margin - (pace / most) * (height - 2 * margin)
  return paces.map((pace, index) => `${x(index).toFixed(1)},${y(pace).toFixed(1)}`).join(' ')
}
