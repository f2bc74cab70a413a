import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type Socket } from 'socket.io'
import { afterEach, describe, expect, test } from 'vitest'
import * as parser from '../../sdk/packet-parser.ts'
import type { Hello, JobBrief, LeaseAnswer, LeasedUnit, LeaseRequest, ReturnedOutput, ReturnRequest } from '../../sdk/protocol.ts'
import { LIMITS, PROTOCOL_VERSION } from '../../sdk/protocol.ts'
import {
  Engine,
  type EngineOptions,
  type EngineSnapshot,
  memoryIdentity,
  memoryOutbox,
  type SandboxThread,
  type UnitOutcome,
  type UnitToRun,
} from '../../web-worker-client/index.ts'
import { ManualClock } from '../support/manual-clock.ts'

/** What came and was not yet looked at, in order. */
class Mailbox<T> {
  readonly #items: T[] = []
  readonly #readers: ((item: T) => void)[] = []

  get size(): number {
    return this.#items.length
  }
  put(item: T): void {
    const reader = this.#readers.shift()
    if (reader) reader(item)
    else this.#items.push(item)
  }
  next(): Promise<T> {
    return this.#items.length > 0 ? Promise.resolve(this.#items.shift()!) : new Promise((resolve) => this.#readers.push(resolve))
  }
}

/** Stands for the server at the wire: real sockets, each message waits for the test to answer it. */
class WireEnd {
  readonly #http = createServer()
  readonly #io = new Server(this.#http, { parser, transports: ['websocket'], maxHttpBufferSize: 16 * LIMITS.messageBytes })
  readonly hello = new Mailbox<{ message: Hello; answer: (a: unknown) => void; socket: Socket }>()
  readonly lease = new Mailbox<{ message: LeaseRequest; answer: (a: unknown) => void }>()
  readonly return = new Mailbox<{ message: ReturnRequest; answer: (a: unknown) => void }>()
  readonly release = new Mailbox<{ message: { leases: string[]; pausing?: true }; answer: (a: unknown) => void }>()
  readonly bundle = new Mailbox<{ message: { bundle: string }; answer: (a: unknown) => void }>()
  readonly gone = new Mailbox<string>()

  async listen(): Promise<string> {
    this.#io.of('/volunteer').on('connection', (socket) => {
      for (const name of ['hello', 'lease', 'return', 'release', 'bundle'] as const) {
        socket.on(name, (message, answer) => this[name].put({ message, answer, socket }))
      }
      socket.on('disconnect', (why) => this.gone.put(why))
    })
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }
  refuseHandshakes(data: unknown): void {
    this.#io.of('/volunteer').use((_socket, next) => next(Object.assign(new Error('refused'), { data })))
  }
  close(): Promise<void> {
    return this.#io.close()
  }
}

/** Stands for the sandbox: each run waits for the test to say what came of it. */
class FakeSandboxes {
  spawned = 0
  readonly closed: number[] = []
  readonly aborted: number[] = []
  readonly runs = new Mailbox<{ thread: number; unit: UnitToRun; settle: (outcome: UnitOutcome | undefined) => void }>()
  /** Whether `abort` ends the run, as it should. */
  obedient = true

  readonly spawn = (): SandboxThread => {
    const thread = this.spawned++
    let settle: (outcome: UnitOutcome | undefined) => void = () => {}
    return {
      run: (unit) =>
        new Promise((resolve) => {
          settle = resolve
          this.runs.put({ thread, unit, settle })
        }),
      abort: () => {
        this.aborted.push(thread)
        if (this.obedient) settle({ errored: 'crashed', message: 'aborted', seconds: 0 })
      },
      close: async () => void this.closed.push(thread),
    }
  }
}

const CODE = new TextEncoder().encode('export const work = (x) => x')
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const OUTPUT = new Uint8Array([1, 2, 3])
const WELCOME = { device: { id: 'dev1', secret: 's3cret' }, own: false }

const brief = (more: Partial<JobBrief> = {}): JobBrief => ({
  job: 'j1',
  name: 'squares',
  purpose: 'to know them',
  owner: 'ada',
  bundle: sha256(CODE),
  code: CODE,
  createdAt: 42,
  timeoutSeconds: 60,
  memoryMegabytes: 128,
  ...more,
})
const unit = (lease: string, job = 'j1'): LeasedUnit => ({
  lease,
  job,
  input: new Uint8Array([9]),
  seed: new Uint8Array(16),
  deadlineMs: 30_000,
})
const leases = (ids: readonly string[], jobs = [brief()]): LeaseAnswer => ({ leases: ids.map((id) => unit(id, jobs[0]!.job)), jobs })
const named = (count: number, prefix = 'l') => Array.from({ length: count }, (_, index) => `${prefix}${index}`)
const leasesOf = (message: ReturnRequest) => message.results.map((one) => one.lease)

interface Bench {
  readonly server: WireEnd
  readonly sandboxes: FakeSandboxes
  readonly clock: ManualClock
  readonly engine: Engine
  readonly warnings: string[]
  readonly options: EngineOptions
}
const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function bench(more: Partial<EngineOptions> = {}): Promise<Bench> {
  const server = new WireEnd()
  const sandboxes = new FakeSandboxes()
  const clock = new ManualClock()
  const warnings: string[] = []
  const options: EngineOptions = {
    url: await server.listen(),
    spawn: sandboxes.spawn,
    threads: 1,
    identity: memoryIdentity(),
    outbox: memoryOutbox(),
    kind: 'headless',
    engine: 'v8-13',
    log: { info: () => {}, warn: (sentence) => warnings.push(sentence) },
    clock,
    random: () => 1,
    ...more,
  }
  open.push(server)
  return { server, sandboxes, clock, engine: makeEngine(options, clock), warnings, options }
}
function makeEngine(options: EngineOptions, clock: ManualClock): Engine {
  const engine = new Engine(options)
  open.push({
    close: () => {
      const stopped = engine.stop()
      clock.advance(10_000)
      return stopped
    },
  })
  return engine
}

/** Starts, is welcomed and has asked for work. */
async function started(more: Partial<EngineOptions> = {}) {
  const all = await bench(more)
  await all.engine.start()
  const hello = await all.server.hello.next()
  hello.answer({ ok: { ...WELCOME, held: [] } })
  return { ...all, hello, asked: await all.server.lease.next() }
}

function until(engine: Engine, holds: (snapshot: EngineSnapshot) => boolean): Promise<EngineSnapshot> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds(engine.snapshot)) return
      undo()
      resolve(engine.snapshot)
    }
    const undo = engine.listen(look)
    look()
  })
}

async function reconnect({ engine, clock, server }: Bench, held: readonly string[]) {
  await until(engine, (now) => !now.connected)
  clock.advance(5000)
  const hello = await server.hello.next()
  hello.answer({ ok: { ...WELCOME, held } })
  return hello
}

/**
 * When this settles the engine has handled all that was sent to it, and what it sent because of that is here: messages of a socket stay in
 * order, and each pong follows its ping. The first round empties the wire, the second waits for what the first set off.
 */
async function settled({ hello }: { hello: { socket: Socket } }): Promise<void> {
  const connection = hello.socket.conn as unknown as NodeJS.EventEmitter & { sendPacket(type: 'ping'): void }
  for (let round = 0; round < 2; round++) {
    const pong = new Promise((resolve) => connection.once('heartbeat', resolve))
    connection.sendPacket('ping')
    await pong
  }
}

describe('hello', () => {
  test('E1 the first hello is a new device; the identity it is given is kept and told again with every held lease', async () => {
    const all = await started({ login: { session: async () => 'session', forget: () => {} }, name: 'mill' })
    expect(all.hello.message).toEqual({
      protocol: PROTOCOL_VERSION,
      kind: 'headless',
      engine: 'v8-13',
      threads: 1,
      name: 'mill',
      session: 'session',
      held: [],
    })
    all.asked.answer({ ok: leases(['done', 'running', 'queued', 'stale']) })
    ;(await all.sandboxes.runs.next()).settle({ output: OUTPUT, seconds: 1 })
    expect(leasesOf((await all.server.return.next()).message)).toEqual(['done'])
    const running = await all.sandboxes.runs.next()
    all.hello.socket.disconnect(true)
    const hello = await reconnect(all, ['done', 'running', 'queued'])
    expect(hello.message.device).toEqual(WELCOME.device)
    expect(new Set(hello.message.held)).toEqual(new Set(['done', 'running', 'queued', 'stale']))
    await until(all.engine, (now) => now.queued === 1)
    expect(all.engine.snapshot.threads[0]?.lease).toBe('running')
    running.settle({ output: OUTPUT, seconds: 1 })
    ;(await all.sandboxes.runs.next()).settle({ output: OUTPUT, seconds: 1 })
    await until(all.engine, (now) => now.counters.returned === 3)
    expect(all.engine.snapshot.queued).toBe(0)
  })

  test('E1 what runs and is no longer expected is ended, and its outcome is not returned', async () => {
    const all = await started()
    all.asked.answer({ ok: leases(['stale', 'kept']) })
    await all.sandboxes.runs.next()
    all.hello.socket.disconnect(true)
    await reconnect(all, ['kept'])
    const kept = await all.sandboxes.runs.next()
    expect(all.sandboxes.aborted).toEqual([0])
    kept.settle({ output: OUTPUT, seconds: 1 })
    expect(leasesOf((await all.server.return.next()).message)).toEqual(['kept'])
    expect(all.engine.snapshot.counters.returned).toBe(1)
  })

  test('E1 an answer that does not come in 30 s ends the connection and hello is said anew', async () => {
    const all = await started()
    all.clock.advance(29_000)
    expect(all.engine.snapshot.connected).toBe(true)
    all.clock.advance(1000)
    await all.server.gone.next()
    await reconnect(all, [])
    expect((await all.server.lease.next()).message).toEqual({ threads: 1, seconds: 5, held: 0, most: 1000 })
  })
})

describe('realms that serve a job', () => {
  const outOfMemory = { errored: 'memory', message: 'no', seconds: 1 } as const

  test('T8 what a realm could not compute that may have served others is tried once more in a fresh one', async () => {
    const all = await started()
    all.asked.answer({ ok: leases(['a', 'b'], [brief({ isolation: 'job' })]) })
    const first = await all.sandboxes.runs.next()
    expect(first.unit.isolation).toBe('job')
    first.settle(outOfMemory)
    const again = await all.sandboxes.runs.next()
    expect([again.unit.input, again.unit.isolation]).toEqual([first.unit.input, undefined])
    again.settle({ output: OUTPUT, seconds: 1 })
    const [result] = (await all.server.return.next()).message.results
    expect(result).toMatchObject({ lease: 'a', output: Buffer.from(OUTPUT) })
    ;(await all.sandboxes.runs.next()).settle(outOfMemory)
    ;(await all.sandboxes.runs.next()).settle(outOfMemory)
    await until(all.engine, (now) => now.counters.returned === 2)
    expect(all.engine.snapshot.counters.errored).toBe(1)
  })

  test('T8 a unit that had a realm of its own is not tried again', async () => {
    const all = await started()
    all.asked.answer({ ok: leases(['a']) })
    const run = await all.sandboxes.runs.next()
    expect(run.unit.isolation).toBeUndefined()
    run.settle(outOfMemory)
    expect((await all.server.return.next()).message.results).toMatchObject([{ lease: 'a', errored: 'memory' }])
  })
})

describe('asking', () => {
  test('E2 asks at once, then not while the stock lasts, then with the result that makes it short', async () => {
    const all = await started()
    expect(all.asked.message).toEqual({ threads: 1, seconds: 5, held: 0, most: 1000 })
    all.asked.answer({ ok: leases(named(4)) })
    for (const [index, seconds] of [2, 2].entries()) {
      const run = await all.sandboxes.runs.next()
      all.clock.advance(seconds * 1000)
      run.settle({ output: OUTPUT, seconds })
      const { message, answer } = await all.server.return.next()
      expect(leasesOf(message)).toEqual([`l${index}`])
      // After l0: l1 runs, l2 and l3 wait, 6 s. After l1: l2 runs, l3 waits, 4 s. Both last longer than 2.5 s.
      expect(message.next).toBeUndefined()
      answer({ ok: { outcomes: ['recorded'] } })
      await until(all.engine, (now) => now.undelivered === 0)
    }
    const third = await all.sandboxes.runs.next()
    third.settle({ output: OUTPUT, seconds: 2 })
    const { message } = await all.server.return.next()
    expect(message.next).toEqual({ threads: 1, seconds: 5, held: 1, most: 999 })
    await settled(all)
    expect(all.server.lease.size).toBe(0)
  })

  test('E2 short units: more is asked for as soon as they are known to be short', async () => {
    const all = await started()
    all.asked.answer({ ok: leases(named(10)) })
    const run = await all.sandboxes.runs.next()
    all.clock.advance(100)
    run.settle({ output: OUTPUT, seconds: 0.1 })
    expect((await all.server.return.next()).message.next).toEqual({ threads: 1, seconds: 5, held: 9, most: 991 })
  })

  test('E2 who holds enough asks again with half of it left, within the second too', async () => {
    const all = await started()
    all.asked.answer({ ok: leases(named(10)) })
    const ask = async () => {
      const run = await all.sandboxes.runs.next()
      all.clock.advance(10)
      run.settle({ output: OUTPUT, seconds: 0.01 })
      return all.server.return.next()
    }
    const first = await ask()
    expect(first.message.next).toMatchObject({ held: 9 })
    first.answer({ ok: { outcomes: ['recorded'], next: { leases: [], jobs: [], reason: 'holds-enough' } } })
    for (let held = 8; held > 4; held--) {
      const { message, answer } = await ask()
      expect(message.next).toBeUndefined()
      answer({ ok: { outcomes: ['recorded'] } })
      await until(all.engine, (now) => now.undelivered === 0)
    }
    expect((await ask()).message.next).toMatchObject({ held: 4 })
    expect(all.server.lease.size).toBe(0)
  })

  test('E2 never two requests under way: while one is parked, results travel alone', async () => {
    const all = await started({ threads: 2 })
    all.asked.answer({ ok: leases(['a', 'b', 'c']) })
    const parked = await all.server.lease.next()
    expect(parked.message.held).toBe(3)
    const [a, b] = [await all.sandboxes.runs.next(), await all.sandboxes.runs.next()]
    a.settle({ output: OUTPUT, seconds: 0.01 })
    const returned = await all.server.return.next()
    expect(returned.message).toEqual({ results: [{ lease: 'a', output: Buffer.from(OUTPUT), seconds: 0.01 }] })
    returned.answer({ ok: { outcomes: ['recorded'] } })
    b.settle({ output: OUTPUT, seconds: 0.01 })
    expect((await all.server.return.next()).message.next).toBeUndefined()
    await settled(all)
    expect(all.server.lease.size).toBe(0)
    parked.answer({ ok: { leases: [], jobs: [], reason: 'no-open-units' } })
    all.clock.advance(1000)
    await all.server.lease.next()
  })

  test('E2 an instant "nothing" is not asked again within a second, a late one at once', async () => {
    const all = await started()
    all.asked.answer({ ok: { leases: [], jobs: [], reason: 'holds-enough' } })
    await until(all.engine, ({ state }) => state.name === 'idle' && state.reason === 'holds-enough')
    all.clock.advance(999)
    await settled(all)
    expect(all.server.lease.size).toBe(0)
    all.clock.advance(1)
    const second = await all.server.lease.next()
    all.clock.advance(20_000)
    second.answer({ ok: { leases: [], jobs: [], reason: 'no-jobs' } })
    await all.server.lease.next()
    expect(all.engine.snapshot.state).toEqual({ name: 'idle', reason: 'no-jobs' })
  })

  test('E2 a refused request is repeated after the time the server names', async () => {
    const all = await started()
    all.asked.answer({ error: { code: 'server-busy', message: 'busy', retryAfterMs: 7000 } })
    await settled(all)
    all.clock.advance(6999)
    await settled(all)
    expect(all.server.lease.size).toBe(0)
    all.clock.advance(1)
    await all.server.lease.next()
  })
})

describe('results', () => {
  test('E3 an unacknowledged result is sent again after reconnection, counted once', async () => {
    const all = await started()
    all.asked.answer({ ok: leases(['a', 'b', 'c', 'd']) })
    const first = await all.sandboxes.runs.next()
    all.clock.advance(3000)
    first.settle({ output: OUTPUT, seconds: 3 })
    const lost = await all.server.return.next()
    all.hello.socket.disconnect(true)
    const offline = await all.sandboxes.runs.next()
    await until(all.engine, (now) => !now.connected)
    offline.settle({ output: OUTPUT, seconds: 3 })
    await until(all.engine, (now) => now.undelivered === 2)
    lost.answer({ ok: { outcomes: ['recorded'] } })
    await reconnect(all, ['b', 'c', 'd'])
    const again = await all.server.return.next()
    expect(leasesOf(again.message)).toEqual(['a', 'b'])
    again.answer({ ok: { outcomes: ['duplicate', 'recorded'] } })
    const { counters } = await until(all.engine, (now) => now.undelivered === 0)
    expect(counters).toMatchObject({ returned: 2, duplicate: 1, recorded: 1 })
  })

  test('E3 a new process with the same stores delivers what the old one could not, once', async () => {
    const all = await started()
    all.asked.answer({ ok: leases(['a', 'b', 'c']) })
    const run = await all.sandboxes.runs.next()
    all.clock.advance(3000)
    run.settle({ output: OUTPUT, seconds: 3, console: 'hello' })
    await all.server.return.next()
    const stopped = all.engine.stop()
    expect((await all.server.release.next()).message.leases).toEqual(expect.arrayContaining(['b', 'c']))
    all.clock.advance(2000)
    await stopped

    const next = makeEngine(all.options, all.clock)
    await next.start()
    const hello = await all.server.hello.next()
    expect(hello.message).toMatchObject({ device: WELCOME.device, held: ['a'] })
    hello.answer({ ok: { ...WELCOME, held: [] } })
    const again = await all.server.return.next()
    expect(again.message.results).toEqual([{ lease: 'a', output: Buffer.from(OUTPUT), seconds: 3, console: 'hello' }])
    again.answer({ ok: { outcomes: ['late'], next: { leases: [], jobs: [], reason: 'no-jobs' } } })
    await until(next, (now) => now.counters.late === 1)
    expect(await all.options.outbox.load('dev1')).toEqual([])
  })

  test('E3 a result too cheap to write down is written down when the connection is lost before it was acknowledged', async () => {
    const all = await started()
    all.asked.answer({ ok: leases(['a', 'b', 'c']) })
    ;(await all.sandboxes.runs.next()).settle({ output: OUTPUT, seconds: 0 })
    await all.server.return.next()
    expect(await all.options.outbox.load('dev1')).toEqual([])
    all.hello.socket.disconnect(true)
    await until(all.engine, (now) => !now.connected)
    expect(await all.options.outbox.load('dev1')).toMatchObject([{ lease: 'a' }])
  })

  test('E3 a refused result is logged and dropped; one refused for a while is sent again', async () => {
    const all = await started({ threads: 2 })
    all.asked.answer({ ok: leases(['a', 'b']) })
    const [a, b] = [await all.sandboxes.runs.next(), await all.sandboxes.runs.next()]
    await all.server.lease.next()
    a.settle({ output: OUTPUT, seconds: 1 })
    const first = await all.server.return.next()
    b.settle({ output: OUTPUT, seconds: 1 })
    first.answer({ ok: { outcomes: [{ code: 'unknown-lease', message: 'who?' }] } })
    const second = await all.server.return.next()
    second.answer({ ok: { outcomes: [{ code: 'storage-failed', message: 'disk', retryAfterMs: 500 }] } })
    await until(all.engine, (now) => now.counters.refused === 1 && now.undelivered === 1)
    await settled(all)
    all.clock.advance(500)
    expect(leasesOf((await all.server.return.next()).message)).toEqual(['b'])
    expect(all.warnings.join()).toContain('unknown-lease')
  })
})

describe('batches', () => {
  test('E4 results gather while a return is unacknowledged, and one message holds at most 8 MiB', async () => {
    const threads = 21
    const all = await started({ threads })
    all.asked.answer({ ok: leases(named(threads)) })
    await all.server.lease.next()
    const runs = []
    for (let index = 0; index < threads; index++) runs.push(await all.sandboxes.runs.next())
    for (const run of runs) run.settle({ output: new Uint8Array(900_000), seconds: 1 })
    const returned: string[] = []
    for (const expected of [1, 9, 9, 2]) {
      const { message, answer } = await all.server.return.next()
      expect(message.results).toHaveLength(expected)
      await settled(all)
      expect(all.server.return.size).toBe(0)
      returned.push(...leasesOf(message))
      answer({ ok: { outcomes: message.results.map(() => 'recorded') } })
    }
    expect(new Set(returned)).toEqual(new Set(named(threads)))
    expect(returned).toHaveLength(threads)
  })

  test('E4 results gather also when nothing is asked for meanwhile', async () => {
    const all = await started({ threads: 3 })
    all.asked.answer({ ok: leases(named(9)) })
    const runs = [await all.sandboxes.runs.next(), await all.sandboxes.runs.next(), await all.sandboxes.runs.next()]
    all.clock.advance(10_000)
    for (const run of runs) run.settle({ output: OUTPUT, seconds: 10 })
    const first = await all.server.return.next()
    expect(first.message).toEqual({ results: [expect.objectContaining({ lease: 'l0' })] })
    await settled(all)
    expect(all.server.return.size).toBe(0)
    first.answer({ ok: { outcomes: ['recorded'] } })
    expect(leasesOf((await all.server.return.next()).message)).toEqual(['l1', 'l2'])
  })

  test('E4 a message refused for what it holds is halved until the offending result stands alone; the others arrive', async () => {
    const threads = 9
    const all = await started({ threads })
    all.asked.answer({ ok: leases(named(threads)) })
    await all.server.lease.next()
    for (let index = 0; index < threads; index++) (await all.sandboxes.runs.next()).settle({ output: OUTPUT, seconds: 1 })
    const arrived: string[] = []
    while (arrived.length < threads - 1 || all.engine.snapshot.undelivered > 0) {
      const { message, answer } = await all.server.return.next()
      if (leasesOf(message).includes('l5')) {
        answer({ error: { code: 'bad-message', message: 'no' } })
      } else {
        arrived.push(...leasesOf(message))
        answer({ ok: { outcomes: message.results.map(() => 'recorded') } })
      }
      if (arrived.length === threads - 1) await until(all.engine, (now) => now.undelivered <= 1)
    }
    expect(arrived.sort()).toEqual(named(threads).filter((lease) => lease !== 'l5'))
    expect((await until(all.engine, (now) => now.undelivered === 0)).counters).toMatchObject({ recorded: 8, refused: 1 })
  })

  test('E4 an output above 1 MiB and texts without end do not cross the wire', async () => {
    const all = await started({ threads: 2 })
    all.asked.answer({ ok: leases(['a', 'b']) })
    await all.server.lease.next()
    const [a, b] = [await all.sandboxes.runs.next(), await all.sandboxes.runs.next()]
    a.settle({ output: new Uint8Array(LIMITS.payloadBytes + 1), seconds: 1 })
    const first = await all.server.return.next()
    expect(first.message.results[0]).toMatchObject({ lease: 'a', errored: 'output-too-large' })
    b.settle({ output: OUTPUT, seconds: Number.NaN, console: 'x'.repeat(10_000), stack: '\ud800'.repeat(10_000) })
    first.answer({ ok: { outcomes: ['recorded'] } })
    const result = (await all.server.return.next()).message.results[0] as ReturnedOutput
    expect(result.console).toHaveLength(LIMITS.consoleCharacters)
    expect(result.stack).toBe('\ufffd'.repeat(LIMITS.stackCharacters))
    expect(result.seconds).toBe(0)
  })
})

describe('revocation', () => {
  test('E5 a revoked unit is ended or never begun, and nothing is returned for it', async () => {
    const all = await started()
    all.asked.answer({ ok: leases(['running', 'queued', 'next']) })
    const revoked = await all.sandboxes.runs.next()
    all.hello.socket.emit('revoke', { leases: ['running', 'queued'], reason: 'decided' })
    const next = await all.sandboxes.runs.next()
    revoked.settle({ output: OUTPUT, seconds: 1 })
    next.settle({ output: OUTPUT, seconds: 1 })
    expect(leasesOf((await all.server.return.next()).message)).toEqual(['next'])
    expect(all.sandboxes.aborted).toEqual([0])
  })

  test('E5 a thread that does not heed the end of its unit is replaced after 5 s', async () => {
    const all = await started()
    all.sandboxes.obedient = false
    all.asked.answer({ ok: leases(['running', 'next']) })
    await all.sandboxes.runs.next()
    all.hello.socket.emit('revoke', { leases: ['running'], reason: 'cancelled' })
    await until(all.engine, (now) => now.threads[0] === undefined)
    all.clock.advance(5000)
    expect((await all.sandboxes.runs.next()).thread).toBe(1)
  })
})

describe('bundles', () => {
  test('E6 code that is not what its digest says never runs: its units are errored', async () => {
    const all = await started()
    all.asked.answer({ ok: leases(['a', 'b'], [brief({ code: new TextEncoder().encode('export const work = evil') })]) })
    const { message } = await all.server.return.next()
    expect(message.results[0]).toMatchObject({ lease: 'a', errored: 'bundle-unavailable' })
    await until(all.engine, (now) => now.counters.errored === 2)
    await settled(all)
    expect(all.sandboxes.runs.size).toBe(0)
    expect(all.server.bundle.size).toBe(0)
  })

  test('E6 a bundle that is not inline is fetched once, checked, and used for all its units', async () => {
    const all = await started({ threads: 2 })
    const { code: _, ...without } = brief()
    all.asked.answer({ ok: leases(['a', 'b', 'c', 'd'], [without]) })
    const asked = await all.server.bundle.next()
    expect(asked.message).toEqual({ bundle: sha256(CODE) })
    asked.answer({ ok: { code: CODE } })
    expect((await all.sandboxes.runs.next()).unit).toEqual({
      job: 'j1',
      bundle: sha256(CODE),
      code: new TextDecoder().decode(CODE),
      input: new Uint8Array([9]),
      seed: new Uint8Array(16),
      createdAt: 42,
      timeoutSeconds: 60,
      memoryMegabytes: 128,
    })
    await all.sandboxes.runs.next()
    await settled(all)
    expect(all.server.bundle.size).toBe(0)
  })

  test('E6 a fetched mismatch and a bundle the server does not know are errored; a connection lost meanwhile is not', async () => {
    const all = await started()
    const other = 'f'.repeat(64)
    const jobs = [brief({ job: 'j1', bundle: other, code: undefined as never })]
    all.asked.answer({ ok: leases(['a', 'b', 'c'], jobs) })
    await all.server.bundle.next()
    all.hello.socket.disconnect(true)
    await reconnect(all, ['a', 'b', 'c'])
    const again = await all.server.bundle.next()
    expect(all.engine.snapshot.queued).toBe(3)
    again.answer({ ok: { code: CODE } })
    const { message, answer } = await all.server.return.next()
    expect(message.results[0]).toMatchObject({ errored: 'bundle-unavailable', message: expect.stringContaining(other) })
    answer({ ok: { outcomes: ['recorded'], next: leases(['d', 'e'], jobs) } })
    ;(await all.server.bundle.next()).answer({ error: { code: 'unknown-bundle', message: 'none such' } })
    await until(all.engine, (now) => now.counters.errored === 5)
    expect(all.sandboxes.runs.size).toBe(0)
  })
})

describe('watchdog', () => {
  test('E7 a thread that never answers is replaced 5 s after the limit, the unit is errored, and the next one runs', async () => {
    const all = await started()
    all.sandboxes.obedient = false
    all.asked.answer({ ok: leases(['hangs', 'next'], [brief({ timeoutSeconds: 10 })]) })
    const hung = await all.sandboxes.runs.next()
    all.clock.advance(14_999)
    expect(all.engine.snapshot.threads[0]?.lease).toBe('hangs')
    all.clock.advance(1)
    const next = await all.sandboxes.runs.next()
    expect([hung.thread, next.thread]).toEqual([0, 1])
    expect(all.sandboxes.closed).toEqual([0])
    const { message } = await all.server.return.next()
    expect(message.results).toEqual([expect.objectContaining({ lease: 'hangs', errored: 'deadline', seconds: 15 })])
    hung.settle({ output: OUTPUT, seconds: 15 })
    await settled(all)
    expect(all.engine.snapshot).toMatchObject({ counters: { returned: 1 }, state: { name: 'computing' } })
  })

  test('E7 a sandbox that rejects, or cannot be started at first, costs no other unit', async () => {
    let failures = 0
    const sandboxes = new FakeSandboxes()
    const rejecting: SandboxThread = { run: () => Promise.reject(new Error('boom')), abort: () => {}, close: async () => {} }
    const spawn = () => {
      failures += 1
      if (failures === 1) throw new Error('no memory')
      return failures === 2 ? rejecting : sandboxes.spawn()
    }
    const all = await started({ spawn })
    all.asked.answer({ ok: leases(['a', 'b']) })
    await until(all.engine, () => failures === 1)
    expect(all.engine.snapshot.counters.errored).toBe(0)
    all.clock.advance(5000)
    const { message } = await all.server.return.next()
    expect(message.results).toEqual([expect.objectContaining({ lease: 'a', errored: 'crashed' })])
    ;(await sandboxes.runs.next()).settle({ output: OUTPUT, seconds: 1 })
    await until(all.engine, (now) => now.counters.returned === 2)
  })
})

describe('threads', () => {
  test('E9 further threads start at once and are asked for; surplus ones end and their units begin anew', async () => {
    const all = await started({ threads: 2 })
    all.asked.answer({ ok: leases(['a', 'b', 'c', 'd']) })
    await all.sandboxes.runs.next()
    await all.sandboxes.runs.next()
    all.engine.setThreads(3)
    expect((await all.sandboxes.runs.next()).thread).toBe(2)
    expect((await all.server.lease.next()).message).toMatchObject({ threads: 3, held: 4 })
    all.engine.setThreads(1)
    await until(all.engine, (now) => now.threads.length === 1 && now.queued === 3)
    expect(all.sandboxes.aborted).toEqual([1, 2])
    await settled(all)
    expect([all.server.release.size, all.server.return.size]).toEqual([0, 0])
    expect(all.engine.snapshot).toMatchObject({
      counters: { returned: 0 },
      threads: [{ lease: 'a', purpose: 'to know them', owner: 'ada' }],
    })
    all.engine.setThreads(3)
    const units = [await all.sandboxes.runs.next(), await all.sandboxes.runs.next()]
    expect(units.map(({ thread }) => thread)).toEqual([3, 4])
  })

  test.each([0, -1, 1.5, LIMITS.threads + 1, Number.NaN])('E9 %s threads are refused', async (threads) => {
    const all = await started()
    expect(() => all.engine.setThreads(threads)).toThrow(RangeError)
    expect(all.engine.snapshot.threads).toHaveLength(1)
  })

  test('E9 a unit that found no sandbox is tried again and costs no lease', async () => {
    const all = await started()
    all.asked.answer({ ok: leases(['a', 'b']) })
    ;(await all.sandboxes.runs.next()).settle(undefined)
    ;(await all.sandboxes.runs.next()).settle({ output: OUTPUT, seconds: 1 })
    const { message } = await all.server.return.next()
    expect(message.results).toEqual([expect.objectContaining({ lease: 'a', output: expect.anything() })])
  })

  test('E9 whoever shows what a device computed is told of each result', async () => {
    const told: unknown[] = []
    const all = await started({ onResult: (unit, result, seconds) => told.push([unit.brief.name, unit.leased.input, result, seconds]) })
    all.asked.answer({ ok: leases(['a', 'b']) })
    ;(await all.sandboxes.runs.next()).settle({ errored: 'memory', message: 'too much', seconds: 1 })
    ;(await all.sandboxes.runs.next()).settle({ output: OUTPUT, seconds: 1 })
    await until(all.engine, (now) => now.counters.returned === 2)
    expect(told).toEqual([
      ['squares', new Uint8Array([9]), { lease: 'a', errored: 'memory', message: 'too much', seconds: 1 }, 0],
      ['squares', new Uint8Array([9]), { lease: 'b', output: OUTPUT, seconds: 1 }, 0],
    ])
  })
})

describe('ends', () => {
  const refusal = { code: 'client-too-old', message: 'Expected protocol 2, got 1; update.' }
  const ways: Record<string, (all: Bench) => Promise<void>> = {
    'as the answer to hello': async ({ server }) => (await server.hello.next()).answer({ error: refusal }),
    'as a push before disconnecting': async ({ server }) => {
      const { socket } = await server.hello.next()
      socket.emit('refused', refusal)
      socket.disconnect(true)
    },
    'by the handshake': async () => {},
  }
  test.each(Object.keys(ways))('E8 a named refusal %s stops the engine with that reason', async (way) => {
    const all = await bench()
    if (way === 'by the handshake') all.server.refuseHandshakes(refusal)
    await all.engine.start()
    await ways[way]!(all)
    const { state } = await until(all.engine, (now) => now.state.name === 'stopped')
    expect(state).toEqual({ name: 'stopped', refusal })
    const ended = all.engine.stop()
    all.clock.advance(5000)
    await ended
    // Nothing is left that could connect again.
    expect(all.clock.pending).toBe(0)
    expect(all.engine.snapshot.connected).toBe(false)
  })

  test('E8 a refusal for a while is not the end: hello is repeated with back-off of at most 5 s', async () => {
    const all = await bench()
    await all.engine.start()
    for (let attempt = 0; attempt < 8; attempt++) {
      ;(await all.server.hello.next()).answer({ error: { code: 'server-stopping', message: 'restarting' } })
      await all.server.gone.next()
      all.clock.advance(5000)
    }
    ;(await all.server.hello.next()).answer({ ok: { ...WELCOME, held: [] } })
    await all.server.lease.next()
  })

  test('E8 a device that is told when to come again does so then, and says what it was told', async () => {
    const all = await bench()
    await all.engine.start()
    const error = { code: 'too-many-devices', message: 'Expected fewer new devices.', retryAfterMs: 10_000 }
    ;(await all.server.hello.next()).answer({ error })
    await all.server.gone.next()
    await expect.poll(() => all.warnings.join()).toContain(error.message)
    all.clock.advance(10_000)
    expect(all.server.hello.size).toBe(0)
    all.clock.advance(250)
    ;(await all.server.hello.next()).answer({ ok: { ...WELCOME, held: [] } })
    await all.server.lease.next()
  })

  test('E8 a login that fails for now is tried again, one that has ended had anew, one that is refused ends the engine by its name', async () => {
    const answers: (string | Error)[] = [
      Object.assign(new Error('Expected a server, none answered.'), { code: 'not-connected' }),
      Object.assign(new Error('Later.'), { code: 'too-many-logins' }),
      'first',
      'second',
      Object.assign(new Error('Expected another key.'), { code: 'unauthorised' }),
    ]
    let forgotten = 0
    const session = async () => {
      const answer = answers.shift()!
      if (typeof answer === 'string') return answer
      throw answer
    }
    const all = await bench({ login: { session, forget: () => void forgotten++ } })
    await all.engine.start()
    for (let failure = 0; failure < 2; failure++) {
      await all.server.gone.next()
      all.clock.advance(5000)
    }
    expect(all.warnings.join()).toContain('none answered')
    const hello = await all.server.hello.next()
    expect([hello.message.session, forgotten]).toEqual(['first', 0])
    hello.answer({ error: { code: 'session-ended', message: 'It has ended.' } })
    await all.server.gone.next()
    all.clock.advance(5000)
    const again = await all.server.hello.next()
    expect([again.message.session, forgotten]).toEqual(['second', 1])
    again.answer({ ok: { ...WELCOME, held: [] } })
    await all.server.lease.next()
    again.socket.emit('refused', { code: 'session-ended', message: 'It has ended.' })
    again.socket.disconnect()
    await until(all.engine, (now) => !now.connected)
    all.clock.advance(5000)
    const { state } = await until(all.engine, (now) => now.state.name === 'stopped')
    expect([state, forgotten]).toEqual([{ name: 'stopped', refusal: { code: 'unauthorised', message: 'Expected another key.' } }, 2])
  })

  test('E8 pausing ends and releases everything, an answer that comes meanwhile goes back, resuming asks again', async () => {
    const all = await started({ threads: 2 })
    all.asked.answer({ ok: leases(['a', 'b', 'c']) })
    const parked = await all.server.lease.next()
    await all.sandboxes.runs.next()
    all.engine.pause()
    const released = await all.server.release.next()
    expect(new Set(released.message.leases)).toEqual(new Set(['a', 'b', 'c']))
    expect(released.message.pausing).toBe(true)
    expect(all.engine.snapshot.state).toEqual({ name: 'paused' })
    parked.answer({ ok: leases(['d']) })
    expect((await all.server.release.next()).message.leases).toEqual(['d'])
    await settled(all)
    expect(all.server.return.size).toBe(0)
    all.engine.resume()
    expect((await all.server.lease.next()).message.held).toBe(0)
  })

  test('E8 stopping releases what is held and waits for acknowledgements before it disconnects', async () => {
    const all = await started()
    all.asked.answer({ ok: leases(['a', 'b', 'c']) })
    ;(await all.sandboxes.runs.next()).settle({ output: OUTPUT, seconds: 1 })
    const returned = await all.server.return.next()
    await all.sandboxes.runs.next()
    const stopped = all.engine.stop()
    const released = await all.server.release.next()
    expect(new Set(released.message.leases)).toEqual(new Set(['b', 'c']))
    expect(all.server.gone.size).toBe(0)
    released.answer({ ok: { released: 2 } })
    returned.answer({ ok: { outcomes: ['recorded'] } })
    await stopped
    await all.server.gone.next()
    expect(all.engine.snapshot).toMatchObject({ state: { name: 'stopped' }, undelivered: 0, counters: { recorded: 1 } })
    expect(await all.options.outbox.load('dev1')).toEqual([])
    expect(all.sandboxes.closed).toEqual([0])
  })
})
