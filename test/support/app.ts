import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import pino from 'pino'
import { io, type Socket } from 'socket.io-client'
import { encode, encodeOutputs } from '../../sdk/codec.ts'
import { logIn } from '../../sdk/identity/key-login.ts'
import * as parser from '../../sdk/packet-parser.ts'
import {
  type Answer,
  type Hello,
  type LeaseAnswer,
  type LeasedUnit,
  PROTOCOL_VERSION,
  type Refusal,
  type ResearcherMessages,
  type ReturnAnswer,
  type ReturnedUnit,
  type VolunteerMessages,
  type Welcome,
} from '../../sdk/protocol.ts'
import { type App, type AppDependencies, createApp } from '../../server/app.ts'
import { AuthorizedKeys } from '../../server/auth/authorized-keys.ts'
import { ANSWER_MS } from '../../server/speakers.ts'
import { openStore } from '../../server/store/open-store.ts'
import type { Store } from '../../server/store/store.ts'
import { OWNER_KEY } from './keys.ts'
import { ManualTimers } from './manual-timers.ts'
import { makeMigratedSqlite } from './migrated-sqlite.ts'
import { CODE, jobSpec } from './store-kit.ts'

export const TOKEN = 'the token of the home directory'
type Payload<Messages, Name extends keyof Messages> = Messages[Name] extends (message: infer Message, answer: never) => void
  ? Message
  : never
type Value<Messages, Name extends keyof Messages> = Messages[Name] extends (message: never, answer: (a: Answer<infer Ok>) => void) => void
  ? Ok
  : never

/** A socket that asks and waits for its answer. */
export class Client<Messages> {
  readonly socket: Socket
  /** Refusals the server sent without being asked. */
  readonly refused: Refusal[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('refused', (refusal: Refusal) => this.refused.push(refusal))
  }

  /** The whole answer, whatever is sent. */
  async say(event: string, message: unknown): Promise<Answer<unknown>> {
    return this.socket.emitWithAck(event, message)
  }

  /** The value of the answer. @throws Error with the refusal's code */
  async ask<Name extends keyof Messages & string>(event: Name, message: Payload<Messages, Name>): Promise<Value<Messages, Name>> {
    const answer = await this.say(event, message)
    if (answer.error) throw new Error(`${answer.error.code}: ${answer.error.message}`)
    return answer.ok as Value<Messages, Name>
  }

  /** Resolves when the server, or the test, has ended the connection. */
  ended(): Promise<string> {
    return new Promise((resolve) => (this.socket.connected ? this.socket.once('disconnect', resolve) : resolve('before')))
  }

  close(): void {
    this.socket.disconnect()
  }
}
export type Volunteer = Client<VolunteerMessages> & { readonly welcome: Welcome }
export type Researcher = Client<ResearcherMessages>

/** A connected socket. @throws Error with the refusal as its `data` */
export function connectSocket(url: string, auth: object = {}, headers: Record<string, string> = {}): Promise<Socket> {
  const socket = io(url, { parser, auth, transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: headers })
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('connect_error', (error) => {
      socket.disconnect()
      reject(error)
    })
  })
}

export const helloOf = (change: Partial<Hello> = {}): Hello => ({
  ...{ protocol: PROTOCOL_VERSION, kind: 'headless', engine: 'v8-13', threads: 1, held: [] },
  ...change,
})
export const value = (what: unknown): Uint8Array => encodeOutputs([{ value: what }])
export const result = ({ lease }: Pick<LeasedUnit, 'lease'>, what: unknown = 'done'): ReturnedUnit => ({
  lease,
  output: value(what),
  seconds: 0.01,
})
export const asks = { threads: 1, seconds: 5, held: 0, most: 1000 }
export const units = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ key: String(from + i), input: encode([from + i]), inputs: 1 }))

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Record<string, unknown>
}

export interface TestAppOptions {
  /** A store that is somebody else's to close, in place of one of its own. */
  readonly store?: Store
  readonly clock?: () => number
  readonly wrap?: (store: Store) => Store
}

/** The server of a test: real sockets on a free port, a real database in a temporary directory, and time that stands until told otherwise. */
export class TestApp {
  readonly app: App
  readonly store: Store
  readonly timers: ManualTimers
  /** What was logged as an error. */
  readonly errors: string[]
  readonly #directory: string
  readonly #ownsStore: boolean
  readonly #clients: Socket[] = []

  private constructor(parts: Pick<TestApp, 'app' | 'store' | 'timers' | 'errors'> & { directory: string; ownsStore: boolean }) {
    this.app = parts.app
    this.store = parts.store
    this.timers = parts.timers
    this.errors = parts.errors
    this.#directory = parts.directory
    this.#ownsStore = parts.ownsStore
  }

  static async start(change: Partial<AppDependencies> & TestAppOptions = {}): Promise<TestApp> {
    const { clock = Date.now, wrap = (store: Store) => store, store: opened, ...dependencies } = change
    const directory = mkdtempSync(join(tmpdir(), 'dsage-app-'))
    const location = { database: 'sqlite', file: join(directory, 'app.db'), synchronous: 'NORMAL' } as const
    if (!opened) makeMigratedSqlite(location.file)
    const store = opened ?? (await openStore(location, clock))
    const accountId = await store.ensureAccount('owner', 'admin')
    const errors: string[] = []
    const keys = await AuthorizedKeys.open({
      ...{ ownKey: OWNER_KEY.publicKey, operator: 'owner', file: join(directory, 'authorized_keys') },
      onWarning: (sentence) => void errors.push(sentence),
    })
    const timers = new ManualTimers()
    const log = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) })
    const app = createApp({
      ...{ store: wrap(store), timers, log, version: '0.0.0', home: { token: TOKEN, accountId, keys }, allowedHosts: new Set() },
      ...{ minimumLeaseSeconds: 30, graceSeconds: 10, retentionDays: 0, freeDisk: () => 1 },
      ...dependencies,
    })
    await new Promise<void>((resolve) => app.http.listen(0, '127.0.0.1', resolve))
    return new TestApp({ app, store, timers, errors, directory, ownsStore: !opened })
  }

  get port(): number {
    return (this.app.http.address() as AddressInfo).port
  }

  /** What is in its database, read beside it. */
  rows(sql: string): Record<string, unknown>[] {
    const beside = new BetterSqlite3(this.file, { timeout: 20_000, readonly: true })
    try {
      return beside.prepare(sql).all() as Record<string, unknown>[]
    } finally {
      beside.close()
    }
  }

  /** The file `authorized_keys`, which need not exist. */
  get authorizedKeys(): string {
    return join(this.#directory, 'authorized_keys')
  }

  /** The database file. */
  get file(): string {
    return join(this.#directory, 'app.db')
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async connect(namespace: string, auth: object = {}, headers: Record<string, string> = {}): Promise<Socket> {
    const socket = await connectSocket(`${this.url}${namespace}`, auth, headers)
    this.#clients.push(socket)
    return socket
  }

  /** A volunteer's socket that has not said hello. Asked whether anybody is there it says nothing, as one whose network broke, while time passes. */
  async stranger(): Promise<Client<VolunteerMessages>> {
    const socket = await this.connect('/volunteer')
    socket.on('alive', () => this.timers.advance(ANSWER_MS))
    return new Client<VolunteerMessages>(socket)
  }

  async volunteer(hello: Partial<Hello> = {}): Promise<Volunteer> {
    const client = await this.stranger()
    const welcome = await client.ask('hello', helloOf(hello))
    return Object.assign(client, { welcome })
  }

  /** The session of a login with the key, by default the operator's. */
  async session(key = OWNER_KEY.privateKey): Promise<string> {
    return (await logIn(this.url, key)).session
  }

  /** A device of the key's account, by default the operator's. */
  async ownVolunteer(hello: Partial<Hello> = {}, key?: string): Promise<Volunteer> {
    return this.volunteer({ session: await this.session(key), ...hello })
  }

  async researcher(key?: string): Promise<Researcher> {
    const auth = { protocol: PROTOCOL_VERSION, session: await this.session(key) }
    return new Client<ResearcherMessages>(await this.connect('/researcher', auth))
  }

  /** A submitted job; its id. */
  async submit(researcher: Researcher, count: number, change: Parameters<typeof jobSpec>[0] = {}): Promise<string> {
    const spec = jobSpec(change)
    await researcher.ask('submit', { spec, code: CODE, units: units(count), inputsComplete: true })
    return spec.job
  }

  get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const asking = request({ port: this.port, path, method, headers: { host: `127.0.0.1:${this.port}`, ...headers } }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part) => {
          text += part
        })
        response.on('end', () => {
          const isJson = response.headers['content-type']?.includes('json')
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: isJson ? JSON.parse(text) : { text } })
        })
      })
      asking.once('error', reject).end()
    })
  }

  async close(): Promise<void> {
    for (const socket of this.#clients) socket.disconnect()
    await this.app.close()
    if (this.#ownsStore) await this.store.close()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

export type { LeaseAnswer, ReturnAnswer }
