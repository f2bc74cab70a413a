import { CLOSING_SECONDS } from './core/closing-sample.ts'
import { decideUnit } from './engine-batch.ts'
import type { EngineTransaction, JobChange, RevokedLease } from './store/store.ts'
import type { TrustNews, Undone } from './store/trust-verbs.ts'
import type { Timers } from './timers.ts'

export interface ConsequencesOptions {
  readonly timers: Timers
  /** One transaction beside the engine's batches, run again where it must be. */
  readonly transact: <Value>(steps: (tx: EngineTransaction) => Promise<Value>) => Promise<Value>
  /** Takes back what a struck device has in hand. */
  readonly revoke: (leases: readonly RevokedLease[]) => Promise<void>
  /** Strikes from several jobs: the device is banned; and not any more, when such strikes were taken back. */
  readonly ban: (device: string, reason: string) => Promise<void>
  readonly unban: (device: string) => Promise<void>
  readonly onFailure: (error: unknown) => void
  /** Seconds a job waits for somebody to take its closing sample. @default 600 */
  readonly closingSeconds?: number | undefined
}
/** Authors of one transaction that seals what they have proven. */
const AUTHORS = 100
/** Time between two looks for what is proven, milliseconds. */
const BETWEEN_SEALS_MS = 250
/** Sweeps between two that look for what a server that was killed left unsealed. */
const SWEEPS = 600
const STRUCK_TWICE = 'its results differed from what others agreed on, in several jobs'

/**
 * Does what follows from checks (INTEGRITY T1, T4, Q14, Q15): seals what is proven, undoes what a strike undoes, draws closing samples. In
 * small transactions one after the other beside the engine's, each of which leaves everything right, so that a server may be killed between
 * any two: what commits tell of is done at once, and sweeps find the rest.
 */
export class Consequences {
  readonly #options: ConsequencesOptions
  readonly #rose = new Set<number>()
  readonly #crossed = new Set<number>()
  readonly #closing = new Set<number>()
  #doubts = true
  #struck = true
  #reviews = true
  #sweeps = 0
  #isResting = false
  #running: Promise<void> | undefined
  #stopping = false

  constructor(options: ConsequencesOptions) {
    this.#options = options
  }

  /** Hears of commits. */
  committed(jobs: readonly JobChange[], { rose, crossed, struck }: TrustNews): void {
    for (const id of rose) this.#rose.add(id)
    for (const id of crossed) this.#crossed.add(id)
    for (const { id, closing, state } of jobs) {
      if (closing && (state === 'running' || state === 'finished')) this.#closing.add(id)
      if (state === 'paused') this.#doubts = true
    }
    if (struck > 0) this.#struck = true
    if (this.#isUrgent) void this.#run()
    else if (this.#rose.size > 0) this.#sealInTime()
  }

  /** Takes up what other servers left, or this one before it was killed. */
  async runOnce(): Promise<void> {
    this.#doubts = true
    this.#struck = true
    this.#reviews = true
    await this.#sweepClosing()
    if (this.#sweeps++ % SWEEPS === 0) {
      await this.#findAuthors()
      await this.#findUnsealed()
    }
    await this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#running
  }

  get #isUrgent(): boolean {
    return this.#doubts || this.#struck || this.#reviews || this.#crossed.size > 0 || this.#closing.size > 0
  }

  /** At once, and then together what is proven in a while: each commit of a busy server proves something. */
  #sealInTime(): void {
    if (this.#isResting || this.#stopping) return
    this.#isResting = true
    void this.#run()
    this.#options.timers.after(BETWEEN_SEALS_MS, () => {
      this.#isResting = false
      if (this.#rose.size > 0) this.#sealInTime()
    })
  }

  #run(): Promise<void> {
    this.#running ??= this.#work()
      .catch(this.#options.onFailure)
      .finally(() => {
        this.#running = undefined
      })
    return this.#running
  }

  /** Strikes first: what falls must not be sealed; those that do not stand before the others. */
  async #work(): Promise<void> {
    do {
      if (this.#doubts) await this.#takeBack()
      while (this.#struck && !this.#stopping) await this.#undo()
      await this.#review()
      await this.#seal()
      for (const job of [...this.#closing]) await this.#close(job)
    } while (this.#isUrgent && !this.#stopping)
  }

  /** A job that contradicts itself has caught nobody: its strikes are taken back, and the bans that they made (INTEGRITY Q6, T2). */
  async #takeBack(): Promise<void> {
    this.#doubts = false
    while (!this.#stopping && (await this.#options.transact((tx) => tx.trust.takeBackStrikes())) > 0);
    for (const device of await this.#options.transact((tx) => tx.trust.wronglyBanned(STRUCK_TWICE))) await this.#options.unban(device)
  }

  async #undo(): Promise<void> {
    this.#struck = false
    const undone = await this.#options.transact(async (tx): Promise<Undone | undefined> => tx.trust.undoStrike(decideUnit))
    if (!undone) return this.#options.transact((tx) => tx.trust.finishUndone())
    this.#struck = true
    this.#reviews = true
    if (undone.revoked.length > 0) await this.#options.revoke(undone.revoked)
    if (undone.isBanned) await this.#options.ban(undone.device, STRUCK_TWICE)
  }

  async #review(): Promise<void> {
    const crossed = [...this.#crossed]
    this.#crossed.clear()
    for (const id of crossed) await this.#options.transact((tx) => tx.trust.reviewPending(id))
    if (crossed.length === 0 && !this.#reviews) return
    this.#reviews = await this.#options.transact((tx) => tx.trust.review(decideUnit))
  }

  async #seal(): Promise<void> {
    const rose = [...this.#rose]
    this.#rose.clear()
    for (let from = 0; from < rose.length; from += AUTHORS) {
      const authors = rose.slice(from, from + AUTHORS)
      while (!this.#stopping && (await this.#options.transact((tx) => tx.trust.sealProven(authors))));
    }
  }

  async #close(job: number): Promise<void> {
    this.#closing.delete(job)
    if (await this.#options.transact((tx) => tx.trust.drawSamples(job, decideUnit))) this.#closing.add(job)
  }

  /** A job for whose samples nobody came finishes with units that are accepted and not sealed. */
  async #sweepClosing(): Promise<void> {
    const { closingSeconds = CLOSING_SECONDS } = this.#options
    await this.#options.transact(async (tx) => {
      for (const { id, since } of await tx.trust.closingJobs()) {
        this.#closing.add(id)
        if (tx.now - since >= 1000 * closingSeconds) await tx.moveJob(await tx.jobRecord(id), 'finished', null)
      }
    })
  }

  async #findAuthors(): Promise<void> {
    for await (const id of pages((after) => this.#options.transact((tx) => tx.trust.authorsWaiting(after)))) this.#rose.add(id)
  }

  /** Jobs that finished before somebody took their samples, which may have come meanwhile. */
  async #findUnsealed(): Promise<void> {
    for await (const id of pages((after) => this.#options.transact((tx) => tx.trust.unsealedJobs(after)))) this.#closing.add(id)
  }
}

/** All ids of a list that is read a page at a time, each after the last one of the page before. */
async function* pages(read: (after: number) => Promise<readonly number[]>): AsyncGenerator<number, void, void> {
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: readonly number[] = await read(after)
    yield* page
    after = page.at(-1)
  }
}
