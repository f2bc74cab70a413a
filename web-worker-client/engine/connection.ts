import { io, type Socket } from 'socket.io-client'
import * as parser from '../../sdk/packet-parser.ts'
import type { Answer, ErrorCode, Hello, Refusal, Revocation, VolunteerMessages, Welcome } from '../../sdk/protocol.ts'
import type { Clock } from './clock.ts'

/** Longer than the 20 s a server may park a lease request. */
const ANSWER_MS = 30_000
const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 5000

/** Refusals that no retry heals: a person has to do something. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'client-too-old',
  'client-too-new',
  'forbidden-origin',
  'forbidden-host',
  'unauthorised',
  'wrong-device-secret',
  'device-banned',
])

type MessageName = Exclude<keyof VolunteerMessages, 'hello'>
type MessageOf<Name extends keyof VolunteerMessages> = Parameters<VolunteerMessages[Name]>[0]
type AnswerOf<Name extends keyof VolunteerMessages> = Parameters<Parameters<VolunteerMessages[Name]>[1]>[0]

/** Logs a device in as one of an account's own. */
export interface DeviceLogin {
  /** The session, after a login when there is none. @throws an Error whose `code` is that of a refusal when the server refuses it */
  session(): Promise<string>
  /** The server does not know the session any more. */
  forget(): void
}

export interface ConnectionOptions {
  /** Origin of the server, for example `https://dsage.example:8081`. */
  readonly url: string
  /** PEM of a certificate to trust beside the system's; Node only. */
  readonly certificate?: string
  readonly clock: Clock
  /** 0 to 1, spreads the reconnections of many devices. */
  readonly random: () => number
  /** Absent for an anonymous device. */
  readonly login?: DeviceLogin
  /** The first message of each connection. */
  readonly hello: (session: string | undefined) => Hello
  readonly onWelcome: (welcome: Welcome) => void
  /** Called once for each connection that ends without `close`, and for each attempt that fails; it is tried again by itself. */
  readonly onLost: (why: string) => void
  /** The server will have nothing to do with this device; the connection is closed for good. */
  readonly onRefused: (refusal: Refusal) => void
  readonly onRevoke: (revocation: Revocation) => void
}

/**
 * One socket to `/volunteer` that says `hello` each time it connects and reconnects for ever. An answer that does not come in 30 s ends the
 * connection: after the next `hello` both sides agree again on what this device holds, which a repeated request alone would not achieve.
 */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #socket: Socket
  /** Each ends one unanswered request. */
  readonly #unanswered = new Set<() => void>()
  #welcomed = false
  #closed = true
  #attempts = 0
  /** Why this side ended the connection. */
  #complaint: { readonly message: string; readonly retryAfterMs?: number } | undefined
  #undoRetry: () => void = () => {}

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#socket = io(new URL('/volunteer', options.url).href, {
      autoConnect: false,
      reconnection: false,
      forceNew: true,
      transports: ['websocket'],
      parser,
      ...(options.certificate !== undefined && { ca: options.certificate }),
    })
    this.#socket.on('connect', () => void this.#greet())
    this.#socket.on('disconnect', (why) => this.#lost(why))
    this.#socket.on('connect_error', (error) => this.#lost(error.message, refusalOf(error)))
    this.#socket.on('refused', (refusal: Refusal) => this.#heedRefusal(refusal))
    this.#socket.on('revoke', options.onRevoke)
    this.#socket.on('alive', (answer: () => void) => answer())
  }

  /** Whether the server has answered the last `hello`: only then may anything else be asked. */
  get welcomed(): boolean {
    return this.#welcomed
  }

  open(): void {
    this.#closed = false
    this.#socket.connect()
  }

  close(): void {
    this.#closed = true
    this.#undoRetry()
    this.#socket.disconnect()
    this.#endUnanswered()
  }

  /** The server's answer, or undefined when the connection ended first: then nobody here knows whether the message arrived. */
  async request<Name extends MessageName>(name: Name, message: MessageOf<Name>): Promise<AnswerOf<Name> | undefined> {
    return this.#welcomed ? this.#ask(name, message) : undefined
  }

  #ask<Name extends keyof VolunteerMessages>(name: Name, message: MessageOf<Name>): Promise<AnswerOf<Name> | undefined> {
    return new Promise((resolve) => {
      const end = (answer?: AnswerOf<Name>) => {
        undoTimeout()
        this.#unanswered.delete(end)
        resolve(answer)
      }
      const undoTimeout = this.#options.clock.after(ANSWER_MS, () => this.#socket.disconnect())
      this.#unanswered.add(end)
      this.#socket.emit(name, message, end)
    })
  }

  async #greet(): Promise<void> {
    const connection = this.#socket.id
    const session = await this.#session(connection)
    // What is held is read when hello is said, and a connection that came meanwhile says its own.
    if (session === 'none' || this.#closed || this.#socket.id !== connection) return
    const answer: Answer<Welcome> | undefined = await this.#ask('hello', this.#options.hello(session?.token))
    if (answer?.ok) {
      this.#attempts = 0
      this.#welcomed = true
      this.#options.onWelcome(answer.ok)
    } else if (answer?.error) {
      this.#heedRefusal(answer.error)
      this.#complaint = answer.error
      this.#socket.disconnect()
    }
  }

  /** What to show in hello; `none` when a login was wanted and failed: then the connection has been ended, to be tried again. */
  async #session(connection: string | undefined): Promise<{ readonly token: string } | undefined | 'none'> {
    const { login } = this.#options
    if (!login) return undefined
    try {
      return { token: await login.session() }
    } catch (error) {
      if (this.#closed || this.#socket.id !== connection) return 'none'
      const { code, message } = error as Error & { readonly code: ErrorCode }
      this.#heedRefusal({ code, message })
      this.#complaint = { message }
      this.#socket.disconnect()
      return 'none'
    }
  }

  #heedRefusal(refusal: Refusal): void {
    if (refusal.code === 'session-ended') this.#options.login?.forget()
    if (this.#closed || !FINAL.has(refusal.code)) return
    this.close()
    this.#options.onRefused(refusal)
  }

  #lost(why: string, refusal?: Refusal): void {
    this.#welcomed = false
    this.#endUnanswered()
    if (refusal) this.#heedRefusal(refusal)
    if (this.#closed) return
    const { message = why, retryAfterMs = 0 } = refusal ?? this.#complaint ?? {}
    const delay = retryAfterMs + Math.min(FIRST_RETRY_MS * 2 ** this.#attempts, LAST_RETRY_MS) * (0.5 + this.#options.random() / 2)
    this.#attempts += 1
    this.#undoRetry()
    this.#undoRetry = this.#options.clock.after(delay, () => this.#socket.connect())
    this.#options.onLost(message)
    this.#complaint = undefined
  }

  #endUnanswered(): void {
    for (const end of [...this.#unanswered]) end()
  }
}

/** What a server's middleware said: socket.io carries it as `data` of the error. */
function refusalOf(error: Error & { data?: unknown }): Refusal | undefined {
  const data = error.data as Partial<Refusal> | undefined
  return typeof data?.code === 'string' && typeof data.message === 'string' ? (data as Refusal) : undefined
}
