import type { ErrorCode, LeaseAnswer, LeaseRequest, Refusal, ReturnedUnit, ReturnOutcome } from '../../sdk/protocol.ts'
import { LIMITS } from '../../sdk/protocol.ts'
import type { Clock } from './clock.ts'
import type { Connection } from './connection.ts'
import type { Log } from './log.ts'
import type { Outbox } from './outbox.ts'

/** How long to wait after a refusal that does not say, and between lease requests that are answered with nothing at once. */
const PAUSE_MS = 1000
const BANNED_PAUSE_MS = 60_000

/** Refusals that are about the server's condition; any other is about what the message holds. */
const TEMPORARY: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'server-busy',
  'server-stopping',
  'storage-full',
  'storage-failed',
  'out-of-order',
  'internal',
])

export interface ExchangeOptions {
  readonly connection: Connection
  readonly outbox: Outbox
  readonly clock: Clock
  readonly log: Log
  /** The next request when more work is wanted; `undelivered` results stay behind in the outbox meanwhile. */
  readonly want: (undelivered: number) => LeaseRequest | undefined
  /** Units that wait or are computed here. */
  readonly held: () => number
  readonly onLeases: (answer: LeaseAnswer) => void
  readonly onOutcome: (outcome: 'recorded' | 'late' | 'duplicate' | 'refused') => void
}

/**
 * Two lanes, each with at most one message under way. The asking lane carries the lease request, with results when there are some; the
 * returning lane carries results alone. Results wait while both lanes are taken. They are two because a server may park a lease request
 * for 20 s, and results must not be parked with it.
 */
export class Exchange {
  readonly #options: ExchangeOptions
  readonly #returns = new Set<Promise<void>>()
  #asking = false
  #returning = false
  /** Results in one message; less after a refusal, to find the one that is at fault. */
  #most: number = LIMITS.itemsPerMessage
  /** A device that was told that it holds enough asks again when it holds no more than this, however long its pause would last. */
  #enough = -1
  readonly #askPause: Pause
  readonly #returnPause: Pause

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.#askPause = new Pause(options.clock, () => this.advance())
    this.#returnPause = new Pause(options.clock, () => this.advance())
  }

  /** Sends whatever may be sent now. */
  advance(): void {
    while (this.#options.connection.welcomed && this.#sendOne());
  }

  /** Settles when the returns under way are answered or lost. */
  async returned(): Promise<void> {
    await Promise.all(this.#returns)
  }

  close(): void {
    this.#askPause.end()
    this.#returnPause.end()
  }

  #sendOne(): boolean {
    const { outbox, want, held } = this.#options
    const mayAsk = !this.#asking && (!this.#askPause.lasts || held() <= this.#enough)
    const mayReturn = (mayAsk || !this.#returning) && !this.#returnPause.lasts
    const results = mayReturn ? outbox.take(this.#most) : []
    const next = mayAsk ? want(outbox.size - results.length) : undefined
    if (next) {
      this.#track(results.length > 0 ? this.#returnAndAsk(results, next) : this.#ask(next), results)
      return true
    }
    if (results.length > 0 && !this.#returning) {
      this.#track(this.#return(results), results)
      return true
    }
    outbox.putBack(results)
    return false
  }

  #track(exchange: Promise<void>, results: readonly ReturnedUnit[]): void {
    const done = exchange.then(() => {
      this.#returns.delete(done)
      this.advance()
    })
    if (results.length > 0) this.#returns.add(done)
  }

  async #ask(next: LeaseRequest): Promise<void> {
    const { clock, connection } = this.#options
    const askedAt = clock.now()
    this.#asking = true
    const answer = await connection.request('lease', next)
    this.#asking = false
    if (answer?.error) return this.#rest(answer.error.retryAfterMs ?? PAUSE_MS)
    if (!answer?.ok) return
    if (answer.ok.leases.length === 0) {
      const pauseMs = answer.ok.reason === 'device-banned' ? BANNED_PAUSE_MS : PAUSE_MS
      this.#rest(askedAt + pauseMs - clock.now(), answer.ok, next)
    }
    this.#options.onLeases(answer.ok)
  }

  #rest(milliseconds: number, answer?: LeaseAnswer, asked?: LeaseRequest): void {
    this.#enough = answer?.reason === 'holds-enough' && asked?.held ? Math.floor(asked.held / 2) : -1
    this.#askPause.begin(milliseconds)
  }

  async #returnAndAsk(results: readonly ReturnedUnit[], next: LeaseRequest): Promise<void> {
    this.#asking = true
    const answer = await this.#options.connection.request('return', { results, next })
    this.#asking = false
    if (!answer?.ok) return this.#undelivered(results, answer?.error)
    this.#delivered(results, answer.ok.outcomes)
    const given = answer.ok.next
    if (!given || given.reason === 'holds-enough') this.#rest(PAUSE_MS, given, next)
    if (given) this.#options.onLeases(given)
  }

  async #return(results: readonly ReturnedUnit[]): Promise<void> {
    this.#returning = true
    const answer = await this.#options.connection.request('return', { results })
    this.#returning = false
    if (answer?.ok) this.#delivered(results, answer.ok.outcomes)
    else this.#undelivered(results, answer?.error)
  }

  #delivered(results: readonly ReturnedUnit[], outcomes: readonly ReturnOutcome[]): void {
    this.#most = Math.min(2 * this.#most, LIMITS.itemsPerMessage)
    for (const [index, result] of results.entries()) {
      const outcome = outcomes[index]
      if (outcome === undefined) this.#sendAgain([result], PAUSE_MS)
      else if (typeof outcome !== 'string') this.#refused(result, outcome)
      else this.#dispose(result, outcome)
    }
  }

  #refused(result: ReturnedUnit, refusal: Refusal): void {
    if (!isTemporary(refusal)) {
      this.#options.log.warn(`The server refused the result of lease ${result.lease} (${refusal.code}): ${refusal.message}`)
      this.#dispose(result, 'refused')
    } else {
      this.#sendAgain([result], refusal.retryAfterMs ?? PAUSE_MS)
    }
  }

  /** The whole message was lost or refused; one that is refused for what it holds is halved until the offending result stands alone. */
  #undelivered(results: readonly ReturnedUnit[], refusal: Refusal | undefined): void {
    if (refusal && isTemporary(refusal)) {
      this.#sendAgain(results, refusal.retryAfterMs ?? PAUSE_MS)
    } else if (refusal && results.length === 1) {
      this.#refused(results[0]!, refusal)
    } else {
      if (refusal) this.#most = Math.ceil(results.length / 2)
      this.#options.outbox.putBack(results)
    }
  }

  #dispose(result: ReturnedUnit, outcome: 'recorded' | 'late' | 'duplicate' | 'refused'): void {
    this.#options.outbox.remove(result.lease)
    this.#options.onOutcome(outcome)
  }

  #sendAgain(results: readonly ReturnedUnit[], milliseconds: number): void {
    this.#options.outbox.putBack(results)
    this.#returnPause.begin(milliseconds)
  }
}

const isTemporary = (refusal: Refusal): boolean => refusal.retryAfterMs !== undefined || TEMPORARY.has(refusal.code)

/** A lane at rest; beginning anew replaces the rest of the old pause. */
class Pause {
  readonly #clock: Clock
  readonly #onEnd: () => void
  #undo: (() => void) | undefined

  constructor(clock: Clock, onEnd: () => void) {
    this.#clock = clock
    this.#onEnd = onEnd
  }

  get lasts(): boolean {
    return this.#undo !== undefined
  }

  begin(milliseconds: number): void {
    this.end()
    if (milliseconds <= 0) return
    this.#undo = this.#clock.after(milliseconds, () => {
      this.#undo = undefined
      this.#onEnd()
    })
  }

  end(): void {
    this.#undo?.()
    this.#undo = undefined
  }
}
