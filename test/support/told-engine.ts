import type { UnitListener } from '../../web-worker-client/engine/unit-news.ts'
import {
  Engine,
  type EngineOptions,
  memoryIdentity,
  memoryOutbox,
  type UnitOutcome,
  type UnitToRun,
} from '../../web-worker-client/index.ts'
import { ManualClock } from './manual-clock.ts'

/** A unit that an engine has given to its sandbox. */
export interface ToldRun {
  readonly unit: UnitToRun
  readonly listener: UnitListener
  /** Ends it with this output. */
  readonly end: (output: Uint8Array) => void
}

/** A real engine whose sandbox says and does what a test tells it, and whose time passes when the test says so. */
export class ToldEngine {
  readonly clock = new ManualClock()
  readonly engine: Engine
  readonly #runs: ToldRun[] = []
  readonly #waiting: ((run: ToldRun) => void)[] = []

  constructor(url: string, change: Partial<EngineOptions> = {}) {
    const spawn = () => {
      let settle: (outcome: UnitOutcome) => void = () => {}
      const run = (unit: UnitToRun, listener?: UnitListener): Promise<UnitOutcome> =>
        new Promise((resolve) => {
          settle = resolve
          const told = { unit, listener: listener!, end: (output: Uint8Array) => resolve({ output, seconds: 1 }) }
          const reader = this.#waiting.shift()
          if (reader) reader(told)
          else this.#runs.push(told)
        })
      return { run, abort: () => settle({ errored: 'crashed', message: 'aborted', seconds: 0 }), close: async () => {} }
    }
    this.engine = new Engine({
      ...{ url, spawn, threads: 1, identity: memoryIdentity(), outbox: memoryOutbox(), kind: 'headless', engine: 'v8-13' },
      ...{ log: { info: () => {}, warn: () => {} }, clock: this.clock },
      ...change,
    })
  }

  /** The next unit that the sandbox is given. */
  run(): Promise<ToldRun> {
    const [run] = this.#runs.splice(0, 1)
    return run ? Promise.resolve(run) : new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Ends it as a worker that is told to: what it waits for is over at once. */
  async stop(): Promise<void> {
    const stopped = this.engine.stop()
    this.clock.advance(60_000)
    await stopped
  }
}
