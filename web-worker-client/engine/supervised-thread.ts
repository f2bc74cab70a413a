import type { Clock } from './clock.ts'
import { within } from './clock.ts'
import type { Log } from './log.ts'
import type { SandboxThread, SpawnThread, UnitOutcome, UnitToRun } from './sandbox-thread.ts'
import type { UnitListener } from './unit-news.ts'

/** How much longer than its limits a sandbox may take to answer before it counts as lost. */
const GRACE_SECONDS = 5

/** A sandbox thread behind a watchdog: whatever the sandbox does, `run` settles, and a sandbox that does not answer is replaced. */
export class SupervisedThread {
  readonly #spawn: SpawnThread
  readonly #clock: Clock
  readonly #log: Log
  #sandbox: SandboxThread | undefined
  #settle: ((outcome: UnitOutcome | undefined) => void) | undefined
  #undoWatch: () => void = () => {}

  constructor(spawn: SpawnThread, clock: Clock, log: Log) {
    this.#spawn = spawn
    this.#clock = clock
    this.#log = log
  }

  /** Starts the sandbox ahead of the first unit, whose time would otherwise include it. */
  prepare(): void {
    this.#open()
  }

  /** Settles by `timeoutSeconds` + 5 s; with undefined when no sandbox could be started for 5 s and the unit was not touched. */
  run(unit: UnitToRun, listener?: UnitListener): Promise<UnitOutcome | undefined> {
    const { promise, resolve } = Promise.withResolvers<UnitOutcome | undefined>()
    const startedAt = this.#clock.now()
    const settle = (outcome: UnitOutcome | undefined) => {
      if (this.#settle !== settle) return
      this.#settle = undefined
      this.#undoWatch()
      resolve(outcome)
    }
    const giveUp = (errored: 'deadline' | 'crashed', message: string) => {
      if (this.#settle !== settle) return
      this.#discard()
      settle({ errored, message, seconds: (this.#clock.now() - startedAt) / 1000 })
    }
    this.#settle = settle
    const sandbox = this.#open()
    if (!sandbox) {
      this.#watch(GRACE_SECONDS, () => settle(undefined))
      return promise
    }
    this.#watch(unit.timeoutSeconds + GRACE_SECONDS, () => giveUp('deadline', 'The sandbox did not answer in time and was replaced.'))
    const running = (async () => sandbox.run(unit, listener))()
    running.then(settle, (error: unknown) => giveUp('crashed', `The sandbox failed: ${String(error)}`))
    return promise
  }

  /** Ends what runs, if anything; its `run` settles within 5 s. */
  abort(): void {
    const settle = this.#settle
    if (!this.#sandbox) settle?.(undefined)
    if (!this.#sandbox || !settle) return
    this.#watch(GRACE_SECONDS, () => {
      this.#discard()
      settle({ errored: 'crashed', message: 'The sandbox did not stop when told to and was replaced.', seconds: 0 })
    })
    try {
      this.#sandbox.abort()
    } catch (error) {
      this.#log.warn(`A sandbox could not be aborted: ${String(error)}`)
    }
  }

  async close(): Promise<void> {
    this.abort()
    const sandbox = this.#sandbox
    this.#sandbox = undefined
    if (sandbox) await within(this.#clock, GRACE_SECONDS * 1000, sandbox.close())
    this.#settle?.(undefined)
  }

  #watch(seconds: number, run: () => void): void {
    this.#undoWatch()
    this.#undoWatch = this.#clock.after(seconds * 1000, run)
  }

  #open(): SandboxThread | undefined {
    try {
      this.#sandbox ??= this.#spawn()
    } catch (error) {
      this.#log.warn(`No sandbox could be started; trying again in ${GRACE_SECONDS} s: ${String(error)}`)
    }
    return this.#sandbox
  }

  /** The next `run` spawns a new one. */
  #discard(): void {
    const sandbox = this.#sandbox
    this.#sandbox = undefined
    this.#log.warn('A sandbox was replaced because it did not answer.')
    if (!sandbox) return
    void (async () => {
      sandbox.abort()
      await sandbox.close()
    })().catch((error: unknown) => this.#log.warn(`A lost sandbox could not be closed: ${String(error)}`))
  }
}
