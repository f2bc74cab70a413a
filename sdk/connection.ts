/**
 * The researcher's socket. It reconnects by itself; a question asked through it is asked again after every loss until it is answered, which is safe
 * because every message is idempotent (job ids and unit keys are made by the client). What cannot be mended is named: Refused, NotConnected.
 */
import { io, type Socket } from 'socket.io-client'
import { askRest } from './ask-rest.ts'
import { BadKey, type DSageError, NotConnected, Refused, TimedOut } from './errors.ts'
import { KeyLogin } from './identity/key-login.ts'
import * as parser from './packet-parser.ts'
import {
  type Answer,
  type Hint,
  PROTOCOL_VERSION,
  type Refusal,
  type ResearcherHandshake,
  type ResearcherMessages,
  type ResearcherPushes,
} from './protocol.ts'

export interface ConnectionOptions {
  /** Text of an OpenSSH Ed25519 private key without a passphrase, which logs in; it is kept in memory only and never sent. */
  readonly key: string
  /**
   * Milliseconds without a server after which everything that waits is rejected with NotConnected and the connection is closed for good.
   * @default 60_000
   */
  readonly connectTimeoutMs?: number
  /** Milliseconds after which an unanswered message is sent again. @default 30_000 */
  readonly answerTimeoutMs?: number
}

export interface RequestOptions {
  /** Milliseconds after which the question is given up with TimedOut. @default as long as the connection lives */
  readonly deadlineMs?: number
}

type Question = keyof ResearcherMessages
type Asked<Event extends Question> = Parameters<ResearcherMessages[Event]>[0]
type Answered<Event extends Question> = Parameters<ResearcherMessages[Event]>[1] extends (answer: Answer<infer Value>) => void
  ? Value
  : never

const FIRST_BACK_OFF_MS = 100
const LONGEST_BACK_OFF_MS = 5_000

/** Doubles from 100 ms to 5 s, of which half is random: clients that lost the same server must not come back at the same instant. */
const backOff = (attempt: number): number => Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** attempt) * (0.5 + Math.random() / 2)

/** Whether trying again can help: the server says when, is about to be replaced, or wants another login. */
const isPassing = ({ retryAfterMs, code }: Refusal): boolean =>
  retryAfterMs !== undefined || code === 'server-stopping' || code === 'session-ended' || code === 'login-expired'

/** The refusal in the `data` of a failed handshake, if there is one. */
function handshakeRefusal(error: Error & { data?: unknown }): Refusal | undefined {
  const data = error.data as Partial<Refusal> | undefined | null
  return typeof data?.code === 'string' && typeof data.message === 'string' ? (data as Refusal) : undefined
}

const refusalIn = ({ code, message, retryAfterMs }: Refused): Refusal => ({
  ...{ code, message },
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})

export class Connection {
  readonly url: string
  readonly #login: KeyLogin
  readonly #socket: Socket<ResearcherPushes, ResearcherMessages>
  readonly #connectTimeoutMs: number
  readonly #answerTimeoutMs: number
  readonly #hintListeners = new Map<string, Set<(hint: Hint) => void>>()
  readonly #connectListeners = new Set<() => void>()
  readonly #waits = new Set<(ending?: DSageError) => void>()
  #session = ''
  #patience: ReturnType<typeof setTimeout> | undefined
  #attempt = 0
  #lastRefusal: Refusal | undefined
  #lastCause: unknown
  #ending: DSageError | undefined

  private constructor(url: string, options: ConnectionOptions) {
    const { key, connectTimeoutMs = 60_000, answerTimeoutMs = 30_000 } = options
    this.url = url
    this.#connectTimeoutMs = connectTimeoutMs
    this.#answerTimeoutMs = answerTimeoutMs
    this.#login = new KeyLogin(url, key)
    this.#socket = io(new URL('/researcher', url).href, {
      parser,
      auth: (give) => give({ protocol: PROTOCOL_VERSION, session: this.#session } satisfies ResearcherHandshake),
      transports: ['websocket'],
      multiplex: false,
      autoConnect: false,
      reconnectionDelay: FIRST_BACK_OFF_MS,
      reconnectionDelayMax: LONGEST_BACK_OFF_MS,
    })
    this.#listen()
    this.#awaitServer()
    void this.#connect()
  }

  /**
   * Connects to the server at `url`, for example `http://127.0.0.1:8082`.
   * @throws BadKey, Refused when the server refuses the key or the handshake, NotConnected when no server answers within `connectTimeoutMs`
   */
  static async open(url: string, options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(url, options)
    await connection.#connected(undefined)
    return connection
  }

  /**
   * Asks until it is answered: after a loss, a silence or a passing refusal it asks again.
   * @throws Refused, NotConnected, or TimedOut after `deadlineMs`
   */
  async request<Event extends Question>(event: Event, message: Asked<Event>, options: RequestOptions = {}): Promise<Answered<Event>> {
    const end = options.deadlineMs === undefined ? undefined : performance.now() + options.deadlineMs
    for (let attempt = 0; ; attempt++) {
      await this.#connected(end)
      const answer = await this.#ask(event, message, this.#left(end))
      if (answer?.error === undefined) {
        if (answer !== undefined) return answer.ok
        await this.#pause(backOff(attempt), end)
      } else if (isPassing(answer.error)) await this.#pause(answer.error.retryAfterMs ?? backOff(attempt), end)
      else throw new Refused(answer.error)
    }
  }

  /**
   * Asks REST for what no message can carry, again after every loss and passing refusal, as `request` does: what is sent must be safe to send twice.
   * @throws Refused, NotConnected
   */
  async fetch<Value>(path: string, method: 'GET' | 'POST', body?: ArrayBuffer): Promise<Value> {
    for (let attempt = 0; ; attempt++) {
      await this.#connected(undefined)
      const asked = { url: new URL(path, this.url), method, body, session: this.#session, timeoutMs: this.#answerTimeoutMs }
      const answer = await askRest(asked)
      if (answer === undefined) await this.#pause(backOff(attempt), undefined)
      else if (answer.error === undefined) return answer as Value
      else if (isPassing(answer.error)) await this.#pause(answer.error.retryAfterMs ?? backOff(attempt), undefined)
      else throw new Refused(answer.error)
    }
  }

  /** Calls `listener` for each hint of `job`; returns its undo. */
  onHint(job: string, listener: (hint: Hint) => void): () => void {
    const listeners = this.#hintListeners.get(job) ?? new Set()
    this.#hintListeners.set(job, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#hintListeners.delete(job)
    }
  }

  /** Calls `listener` each time the server is reached again; returns its undo. */
  onConnect(listener: () => void): () => void {
    this.#connectListeners.add(listener)
    return () => this.#connectListeners.delete(listener)
  }

  /** Ends the connection; whatever waits is rejected with NotConnected. */
  close(): void {
    this.#end(new NotConnected(`The connection to ${this.url} was closed; connect again.`))
  }

  /** Logs in unless a session is there, then connects; where the library reconnects by itself it shows the session that it had. */
  async #connect(): Promise<void> {
    try {
      this.#session = await this.#login.session()
      if (this.#ending === undefined) this.#socket.connect()
    } catch (error) {
      this.#heedLogin(error as Error)
    }
  }

  #heedLogin(error: Error): void {
    this.#lastCause = error instanceof NotConnected ? (error.cause ?? error) : error
    if (error instanceof Refused) this.#comeBack(refusalIn(error))
    else if (error instanceof BadKey) this.#end(error)
    else this.#comeBack(undefined)
  }

  #listen(): void {
    this.#socket.on('connect', () => {
      clearTimeout(this.#patience)
      this.#attempt = 0
      this.#lastRefusal = undefined
      this.#wake()
      for (const listener of this.#connectListeners) listener()
    })
    this.#socket.on('hint', (hint) => {
      for (const listener of this.#hintListeners.get(hint.job) ?? []) listener(hint)
    })
    this.#socket.on('refused', (refusal) => {
      this.#lastRefusal = refusal
    })
    this.#socket.on('connect_error', (error) => {
      this.#lastCause = error
      const refusal = handshakeRefusal(error)
      if (refusal !== undefined) this.#comeBack(refusal)
      else if (!this.#socket.active) this.#comeBack(undefined)
    })
    this.#socket.on('disconnect', (reason) => {
      if (this.#ending !== undefined) return
      this.#awaitServer()
      if (reason === 'io server disconnect') this.#comeBack(this.#lastRefusal)
    })
  }

  /** The library does not reconnect by itself after the server said no: this does, unless saying it again would be in vain. */
  #comeBack(refusal: Refusal | undefined): void {
    if (refusal !== undefined && !isPassing(refusal)) {
      this.#end(new Refused(refusal))
      return
    }
    if (refusal?.code === 'session-ended') this.#login.forget()
    this.#pause(refusal?.retryAfterMs ?? backOff(this.#attempt++), undefined).then(
      () => this.#connect(),
      () => {},
    )
  }

  #awaitServer(): void {
    clearTimeout(this.#patience)
    const seconds = this.#connectTimeoutMs / 1000
    this.#patience = setTimeout(() => {
      const why = this.#lastCause instanceof Error ? ` (${this.#lastCause.message})` : ''
      const message = `Expected a DSage server at ${this.url}, none answered for ${seconds} s${why}; see that it runs, then connect again.`
      this.#end(new NotConnected(message, this.#lastCause))
    }, this.#connectTimeoutMs)
  }

  #end(ending: DSageError): void {
    if (this.#ending !== undefined) return
    this.#ending = ending
    clearTimeout(this.#patience)
    this.#socket.disconnect()
    this.#wake()
    for (const listener of this.#connectListeners) listener()
  }

  /** The answer, or undefined when the message or its answer was lost. */
  async #ask<Event extends Question>(event: Event, message: Asked<Event>, leftMs: number): Promise<Answer<Answered<Event>> | undefined> {
    // Lost or closed a moment ago: the library would keep the message, and with its timer the process, until the time for an answer is over.
    if (this.#ending !== undefined) throw this.#ending
    if (!this.#socket.connected) return undefined
    const socket = this.#socket as unknown as Socket
    try {
      return await socket.timeout(Math.min(this.#answerTimeoutMs, leftMs)).emitWithAck(event, message)
    } catch {
      return undefined
    }
  }

  #left(end: number | undefined): number {
    return end === undefined ? Number.POSITIVE_INFINITY : Math.max(0, end - performance.now())
  }

  async #connected(end: number | undefined): Promise<void> {
    for (;;) {
      if (this.#ending !== undefined) throw this.#ending
      if (this.#left(end) === 0) throw new TimedOut(`Expected an answer of ${this.url} in time, got none; ask again or raise the deadline.`)
      if (this.#socket.connected) return
      await this.#wait(this.#left(end), true)
    }
  }

  /** Waits `milliseconds`, or until `end` when that is sooner. */
  #pause(milliseconds: number, end: number | undefined): Promise<void> {
    return this.#wait(Math.min(milliseconds, this.#left(end)), false)
  }

  #wake(): void {
    for (const wait of this.#waits) wait(this.#ending)
  }

  /** Resolves after `milliseconds` and, when `untilConnected`, as soon as there is a server; rejects when the connection ends. */
  #wait(milliseconds: number, untilConnected: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = Number.isFinite(milliseconds) ? setTimeout(() => finish(resolve), milliseconds) : undefined
      const wake = (ending?: DSageError) => {
        if (ending !== undefined) finish(() => reject(ending))
        else if (untilConnected) finish(resolve)
      }
      const finish = (settle: () => void) => {
        clearTimeout(timer)
        this.#waits.delete(wake)
        settle()
      }
      this.#waits.add(wake)
    })
  }
}
