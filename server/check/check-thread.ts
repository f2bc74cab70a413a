/** A sandbox process of the server, started when code is to be run and as often as it ends. */
type Thread = ReturnType<ReturnType<typeof import('../../web-worker-client/headless/spawn-thread.ts').headlessThreads>>
export type CheckedUnit = Parameters<Thread['run']>[0]
export type CheckedOutcome = Awaited<ReturnType<Thread['run']>>

const NO_SEED = new Uint8Array(16)
/** Code that does nothing: where it does not run, no code does. */
const NOTHING: CheckedUnit = {
  ...{ job: 'none', bundle: 'none', code: 'export const work = () => true', input: Uint8Array.of(0x80), seed: NO_SEED, createdAt: 0 },
  ...{ timeoutSeconds: 10, memoryMegabytes: 16 },
}

export class CheckThread {
  readonly #complain: (sentence: string) => void
  #thread: Promise<Thread> | undefined

  /** @param complain told when a sandbox process does not start or dies */
  constructor(complain: (sentence: string) => void) {
    this.#complain = complain
  }

  /**
   * What became of the unit; `crashed` only when it crashed twice and the code is to blame, undefined where this machine cannot run any code now.
   * @throws Error where what it takes cannot be loaded
   */
  async run(unit: CheckedUnit): Promise<CheckedOutcome | undefined> {
    const thread = await this.#open()
    const first = await thread.run(unit)
    const outcome = hasCrashed(first) ? await thread.run(unit) : first
    return hasCrashed(outcome) && !('output' in (await thread.run(NOTHING))) ? undefined : outcome
  }

  /** Ends the process; the next call starts another. */
  async close(): Promise<void> {
    const thread = this.#thread
    this.#thread = undefined
    await thread?.then(
      (open) => open.close(),
      () => {},
    )
  }

  /** What it takes to run code is loaded when code is run for the first time. */
  #open(): Promise<Thread> {
    this.#thread ??= import('../../web-worker-client/headless/spawn-thread.ts').then(({ headlessThreads }) =>
      headlessThreads({ complain: this.#complain })(),
    )
    return this.#thread
  }
}

const hasCrashed = (outcome: CheckedOutcome): boolean => 'errored' in outcome && outcome.errored === 'crashed'
