import { io, type Socket } from 'socket.io-client'
import { decode, encodeOutputs } from '../../sdk/codec.ts'
import * as parser from '../../sdk/packet-parser.ts'
import {
  type Answer,
  type LeaseAnswer,
  type LeasedUnit,
  PROTOCOL_VERSION,
  type ReturnAnswer,
  type ReturnedUnit,
  type Welcome,
} from '../../sdk/protocol.ts'

/** What can be seen of the server from outside, at the instant it is seen. */
export type Moment = 'leases arrived' | 'results sent' | 'results acknowledged'

export interface DeviceOptions {
  readonly url: string
  /** The answer to one input; a liar's is wrong. */
  readonly compute: (input: number) => number
  /** Units asked for at once. */
  readonly most: number
  readonly onMoment: (moment: Moment) => void
  /** How long it computes a unit, milliseconds. @default 0 */
  readonly unitMs?: number
  /** Of the account it belongs to. @default none: it is anonymous */
  readonly session?: string
  /** Where a proxy says that it comes from. @default none */
  readonly address?: string
}

/**
 * A volunteer's device that speaks the protocol and computes in this process. It reconnects for ever, says in `hello` what it holds, and keeps
 * each result until the server has acknowledged it.
 */
export class SimulatedDevice {
  readonly #options: DeviceOptions
  readonly #socket: Socket
  readonly #outbox = new Map<string, ReturnedUnit>()
  /** Refusals that say a result was thrown away. */
  readonly refused: string[] = []
  #identity: Welcome['device'] | undefined
  #session = 0

  constructor(options: DeviceOptions) {
    this.#options = options
    const patience = { reconnectionDelay: 50, reconnectionDelayMax: 200, timeout: 2000 }
    const extraHeaders: Record<string, string> = options.address === undefined ? {} : { 'x-forwarded-for': options.address }
    this.#socket = io(`${options.url}/volunteer`, { parser, transports: ['websocket'], forceNew: true, extraHeaders, ...patience })
    this.#socket.on('connect', () => void this.#work(++this.#session))
  }

  /** Its id, once the server has made it. */
  get device(): string | undefined {
    return this.#identity?.id
  }

  close(): void {
    this.#session += 1
    this.#socket.disconnect()
  }

  /** One connection's life; ends when another begins or an answer does not come. */
  async #work(session: number): Promise<void> {
    const { session: login } = this.#options
    const hello = { protocol: PROTOCOL_VERSION, kind: 'headless', engine: 'none', threads: 1, held: [...this.#outbox.keys()] }
    const who = { ...(this.#identity && { device: this.#identity }), ...(login !== undefined && { session: login }) }
    const welcome = await this.#ask<Welcome>('hello', { ...hello, ...who })
    this.#identity = welcome?.device ?? this.#identity
    const next = { threads: 1, seconds: 5, held: 0, most: this.#options.most }
    let answer: LeaseAnswer | undefined
    while (welcome && session === this.#session && this.#socket.connected) {
      if (answer) await this.#computeAll(answer.leases)
      if (this.#outbox.size === 0) answer = await this.#ask<LeaseAnswer>('lease', next)
      else answer = await this.#return(next)
      if (answer && answer.leases.length > 0) this.#options.onMoment('leases arrived')
    }
  }

  async #return(next: object): Promise<LeaseAnswer | undefined> {
    const results = [...this.#outbox.values()]
    const asking = this.#ask<ReturnAnswer>('return', { results, next })
    this.#options.onMoment('results sent')
    const answer = await asking
    if (!answer) return undefined
    this.#options.onMoment('results acknowledged')
    for (const [i, outcome] of answer.outcomes.entries()) {
      if (typeof outcome !== 'string' && outcome.retryAfterMs !== undefined) continue
      if (typeof outcome !== 'string') this.refused.push(`${outcome.code}: ${outcome.message}`)
      this.#outbox.delete(results[i]!.lease)
    }
    return answer.next
  }

  /** The answer, or undefined when it was refused or the connection was lost. */
  async #ask<Value>(event: string, message: object): Promise<Value | undefined> {
    const lost = new Promise<undefined>((resolve) => this.#socket.once('disconnect', () => resolve(undefined)))
    const answer: Promise<Answer<Value>> = this.#socket.emitWithAck(event, message)
    return (await Promise.race([answer.catch(() => undefined), lost]))?.ok
  }

  async #computeAll(leases: readonly LeasedUnit[]): Promise<void> {
    const { unitMs = 0 } = this.#options
    if (unitMs > 0) await new Promise((resolve) => setTimeout(resolve, unitMs * leases.length))
    for (const unit of leases) this.#outbox.set(unit.lease, this.#compute(unit))
  }

  #compute({ lease, input }: LeasedUnit): ReturnedUnit {
    const values = (decode(input) as number[]).map((each) => ({ value: this.#options.compute(each) }))
    return { lease, output: encodeOutputs(values), seconds: (this.#options.unitMs ?? 1) / 1000 }
  }
}
