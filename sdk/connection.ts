/**
 * The researcher's socket. It reconnects by itself; a question asked through it is asked again after every loss until it is answered, which is safe
 * because every message is idempotent (job ids and unit keys are made by the client). What cannot be mended is named: Refused, NotConnected.
 */
import { io, type Socket } from 'socket.io-client'
import { askRest } from './ask-rest.ts'
import { backOff, handshakeRefusal, innermost, isPassing, refusalIn } from './connection-failure.ts'
import { BadKey, type DSageError, NotConnected, Refused, TimedOut } from './errors.ts'
import { KeyLogin } from './identity/key-login.ts'
import * as parser from './packet-parser.ts'
import {
  type Answer,
  type Hint,
  type JobRunning,
  PROTOCOL_VERSION,
  type Refusal,
  type ResearcherHandshake,
  type ResearcherMessages,
  type ResearcherPushes,
} from './protocol.ts'
import { ServerList } from './server-list.ts'

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

/** The way to one server. */
interface Way {
  readonly url: string
  readonly login: KeyLogin
  readonly socket: Socket<ResearcherPushes, ResearcherMessages>
}

export class Connection {
  readonly #servers: ServerList
  readonly #key: string
  readonly #connectTimeoutMs: number
  readonly #answerTimeoutMs: number
  readonly #hintListeners = new Map<string, Set<(hint: Hint | JobRunning) => void>>()
  readonly #connectListeners = new Set<() => void>()
  readonly #waits = new Set<(ending?: DSageError) => void>()
  #way: Way
  #session = ''
  #patience: ReturnType<typeof setTimeout> | undefined
  #lastRefusal: Refusal | undefined
  #lastCause: unknown
  #ending: DSageError | undefined

  private constructor(urls: readonly string[], options: ConnectionOptions) {
    const { key, connectTimeoutMs = 60_000, answerTimeoutMs = 30_000 } = options
    this.#servers = new ServerList(urls)
    this.#key = key
    this.#connectTimeoutMs = connectTimeoutMs
    this.#answerTimeoutMs = answerTimeoutMs
    this.#way = this.#wayTo(this.url)
    this.#awaitServer()
    void this.#dial()
  }

  /**
   * Connects to the server at `url`, for example `http://127.0.0.1:8082`, or to one of several over one database: after each failure, also later, the
   * next one is tried.
   * @throws BadKey, Refused when it refuses the key or the handshake, or all of them do; NotConnected when none answers within `connectTimeoutMs`
   */
  static async open(url: string | readonly string[], options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection([url].flat(), options)
    await connection.#connected(undefined)
    return connection
  }

  /** The server that is connected, or tried now. */
  get url(): string {
    return this.#servers.url
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
  async fetch<Value>(path: string, method: 'GET' | 'POST', body?: ArrayBuffer, range?: string): Promise<Value> {
    for (let attempt = 0; ; attempt++) {
      await this.#connected(undefined)
      const asked = { url: new URL(path, this.url), method, body, range, session: this.#session, timeoutMs: this.#answerTimeoutMs }
      const answer = await askRest(asked)
      if (answer === undefined) await this.#pause(backOff(attempt), undefined)
      else if (answer.error === undefined) return answer as Value
      else if (isPassing(answer.error)) await this.#pause(answer.error.retryAfterMs ?? backOff(attempt), undefined)
      else throw new Refused(answer.error)
    }
  }

  /** Calls `listener` with what the server says of `job` by itself; returns its undo. */
  onHint(job: string, listener: (hint: Hint | JobRunning) => void): () => void {
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

  get #socket(): Way['socket'] {
    return this.#way.socket
  }

  /** Not connected yet; that it comes back is our affair, since it may be to another server. */
  #wayTo(url: string): Way {
    const socket: Way['socket'] = io(new URL('/researcher', url).href, {
      parser,
      auth: (give) => give({ protocol: PROTOCOL_VERSION, session: this.#session } satisfies ResearcherHandshake),
      transports: ['websocket'],
      multiplex: false,
      autoConnect: false,
      reconnection: false,
    })
    this.#listen(socket)
    return { url, socket, login: new KeyLogin(url, this.#key) }
  }

  /** Logs in at the server whose turn it is unless a session is there, then connects. */
  async #dial(): Promise<void> {
    if (this.#way.url !== this.url) {
      this.#socket.off()
      this.#socket.disconnect()
      this.#way = this.#wayTo(this.url)
    }
    try {
      this.#session = await this.#way.login.session()
      if (this.#ending === undefined) this.#socket.connect()
    } catch (error) {
      this.#heedLogin(error as Error)
    }
  }

  #heedLogin(error: Error): void {
    this.#lastCause = error instanceof NotConnected ? (error.cause ?? error) : error
    if (error instanceof Refused) this.#comeBack(refusalIn(error))
    else if (error instanceof BadKey) this.#end(error)
    else this.#comeBack(undefined, innermost(error))
  }

  #listen(socket: Way['socket']): void {
    socket.on('connect', () => {
      clearTimeout(this.#patience)
      this.#servers.reached()
      this.#lastRefusal = undefined
      this.#wake()
      for (const listener of this.#connectListeners) listener()
    })
    const hear = (said: Hint | JobRunning) => {
      for (const listener of this.#hintListeners.get(said.job) ?? []) listener(said)
    }
    socket.on('hint', hear).on('progress', hear)
    socket.on('refused', (refusal) => {
      this.#lastRefusal = refusal
    })
    socket.on('connect_error', (error) => {
      this.#lastCause = error
      this.#comeBack(handshakeRefusal(error), error.message)
    })
    socket.on('disconnect', (reason) => {
      if (this.#ending !== undefined) return
      this.#awaitServer()
      this.#comeBack(reason === 'io server disconnect' ? this.#lastRefusal : undefined)
    })
  }

  /** Tries the next server, or the only one again, unless that would be in vain. */
  #comeBack(refusal: Refusal | undefined, why = refusal?.message): void {
    if (refusal !== undefined && !isPassing(refusal) && this.#servers.refused()) {
      this.#end(new Refused(refusal))
      return
    }
    if (refusal?.code === 'session-ended') this.#way.login.forget()
    const milliseconds = (this.#servers.isOne ? refusal?.retryAfterMs : undefined) ?? backOff(this.#servers.rounds)
    this.#servers.failed(why)
    this.#pause(milliseconds, undefined).then(
      () => this.#dial(),
      () => {},
    )
  }

  #awaitServer(): void {
    clearTimeout(this.#patience)
    const seconds = this.#connectTimeoutMs / 1000
    this.#patience = setTimeout(() => {
      const which = this.#servers.isOne ? 'it' : 'one of them'
      const message = `Expected a DSage server at ${this.#servers}, none answered for ${seconds} s; see that ${which} runs, then connect again.`
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
