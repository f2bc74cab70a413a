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

  /** The next unit, though time has to pass for it: the engine pauses between two questions, and the server sweeps. */
  async runAfter(sweep: () => Promise<void>): Promise<ToldRun> {
    const run = this.run()
    let isHere = false
    void run.then(() => {
      isHere = true
    })
    while (!isHere) {
      await sweep()
      await new Promise((resolve) => setTimeout(resolve, 10))
      // Slowly: an answer that takes thirty seconds of this clock is given up.
      this.clock.advance(100)
    }
    return run
  }

  /** Ends it as a worker that is told to, which takes its leave. */
  stop(): Promise<void> {
    return this.engine.stop()
  }
}
