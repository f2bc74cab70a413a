import type { Clock } from '../engine/clock.ts'
import type { UnitOutcome, UnitToRun } from '../engine/sandbox-thread.ts'
import { isNews, type UnitListener, UnitNewsReader } from '../engine/unit-news.ts'
import { readReport } from '../engine/unit-report.ts'
import type { ClosedBundle } from '../sandbox/closed-bundle.ts'
import type { UnitOrder } from '../sandbox/control-messages.ts'
import { BEGAN_CALL, BUNDLE_NAME } from '../sandbox/loaded-export.ts'

type Errored = Extract<UnitOutcome, { errored: unknown }>['errored']

/** Until a worker that was ready says that it has taken a unit. */
const TAKEN_MS = 3000
/** A worker is good for this many units of one bundle and for this long, where it may be used again at all (SANDBOX, decision 8). */
const MOST_UNITS = 500
const MOST_AGE_MS = 60_000

export interface SandboxWorkerOptions {
  /** The engine's end of the worker's channel. */
  readonly control: MessagePort
  readonly clock: Clock
  /** How long it may take until its realm is ready, milliseconds. */
  readonly patienceMs: number
  /** Has the frame terminate it. */
  readonly onEnd: () => void
}

/** A unit with its files as the worker's loader can read them. */
export interface UnitInWorker extends UnitToRun {
  readonly contents: UnitOrder['contents']
}

/** A worker of a sandbox frame, as the engine sees it: what it says is data, and it is gone the moment somebody says so. */
export class SandboxWorker {
  readonly #options: SandboxWorkerOptions
  readonly #readiness = Promise.withResolvers<boolean>()
  readonly #startedAt: number
  #undoPatience: () => void
  #stop: ((errored: Errored, message: string) => void) | undefined
  #units = 0
  #ended = false
  /** Settles with whether it may be given units; it may not for long, if it ends. */
  readonly ready: Promise<boolean> = this.#readiness.promise

  constructor(options: SandboxWorkerOptions) {
    this.#options = options
    const { control, clock, patienceMs } = options
    this.#startedAt = clock.now()
    this.#undoPatience = clock.after(patienceMs, () => this.end('It was not ready in time.'))
    control.onmessage = () => {
      this.#undoPatience()
      this.#readiness.resolve(true)
    }
  }

  get ended(): boolean {
    return this.#ended
  }

  get isUsed(): boolean {
    return this.#units > 0
  }

  /** Whether it may run another unit of its bundle. */
  get reusable(): boolean {
    return !this.#ended && this.#units < MOST_UNITS && this.#options.clock.now() - this.#startedAt < MOST_AGE_MS
  }

  /**
   * Never rejects and ends by the unit's deadline. One at a time. After an `errored` outcome the worker is gone; undefined when it was gone
   * before and did not take the unit.
   */
  run(unit: UnitInWorker, bundle: ClosedBundle, listener?: UnitListener): Promise<UnitOutcome | undefined> {
    const { clock, control } = this.#options
    const { promise, resolve } = Promise.withResolvers<UnitOutcome | undefined>()
    const { port1: answers, port2: port } = new MessageChannel()
    const startedAt = clock.now()
    const seconds = () => (clock.now() - startedAt) / 1000
    const settle = (outcome: UnitOutcome | undefined) => {
      undoDeadline()
      this.#undoPatience()
      answers.close()
      this.#stop = undefined
      if (!outcome || 'errored' in outcome) this.end()
      resolve(outcome)
    }
    const undoDeadline = clock.after(unit.timeoutSeconds * 1000, () =>
      settle({
        errored: 'deadline',
        message: `Expected the unit to end within ${unit.timeoutSeconds} s; it was stopped.`,
        seconds: seconds(),
      }),
    )
    this.#stop = (errored, message) => settle({ errored, message, seconds: seconds() })
    const isReused = this.isUsed
    this.#units += 1
    this.#undoPatience = clock.after(TAKEN_MS, () => settle(undefined))
    const news = new UnitNewsReader(() => clock.now(), listener)
    answers.onmessage = ({ data }) => {
      if (!isNews(data)) settle(withOwnColumns(readReport(data, seconds(), isReused)))
      else if (!news.hear(data)) this.#stop?.('crashed', 'The sandbox said something that is no news of its unit, or too much of it.')
    }
    if (this.#ended) this.#stop('crashed', 'The worker had ended before the unit came.')
    else control.postMessage(orderOf(unit, bundle), [port])
    return promise
  }

  /** Terminates it; what it runs is `crashed`. */
  end(why = 'The unit was stopped on request.'): void {
    if (this.#ended) return
    this.#ended = true
    this.#undoPatience()
    this.#readiness.resolve(false)
    this.#options.control.close()
    this.#options.onEnd()
    this.#stop?.('crashed', why)
  }
}

const FIRST_LINE = new RegExp(`(${BUNDLE_NAME}:1:)(\\d+)`, 'g')

/** What stands before the bundle on its first line is no part of it. */
function withOwnColumns(outcome: UnitOutcome): UnitOutcome {
  if ('errored' in outcome || outcome.stack === undefined) return outcome
  const moved = (_: string, place: string, column: string) => `${place}${Math.max(1, Number(column) - BEGAN_CALL.length)}`
  return { ...outcome, stack: outcome.stack.replace(FIRST_LINE, moved) }
}

function orderOf(
  { input, seed, createdAt, memoryMegabytes, checkpoint, nativeMath = false, files = [], contents }: UnitInWorker,
  { code, failure }: ClosedBundle,
): UnitOrder {
  return {
    ...{ code, failure, input, seed, createdAt, memoryBytes: memoryMegabytes * 1024 * 1024, checkpoint, nativeMath },
    ...{ files: files.map(({ name }) => name), contents },
  }
}
