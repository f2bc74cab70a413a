import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { encode, encodeOutputs } from '../../sdk/codec.ts'
import { LIMITS } from '../../sdk/protocol.ts'
import { digestOf } from '../../server/store/payloads.ts'
import { asks, Client, helloOf, result, TestApp, units, value } from '../support/app.ts'
import { CODE, hex, jobSpec } from '../support/store-kit.ts'

let app: TestApp
const start = async () => {
  app = await TestApp.start()
}
const close = () => app.close()

const badMessages = async (): Promise<number> => Number((await app.get('/api/v1/status')).body.badMessages)
const submission = () => ({ spec: jobSpec(), code: CODE, units: units(1), inputsComplete: true })
const codeOf = (answer: { error?: { code: string } }) => answer.error?.code

describe('V2 messages of the wrong shape', () => {
  // What is refused leaves nothing: one server hears them all.
  beforeAll(start)
  afterAll(close)

  test.each([
    ['hello', 'nothing', undefined],
    ['hello', 'null', null],
    ['hello', 'a list', []],
    ['hello', 'no thread', { ...helloOf(), threads: 0 }],
    ['hello', 'half a thread', { ...helloOf(), threads: 1.5 }],
    ['hello', 'a field nobody knows', { ...helloOf(), extra: 1 }],
    ['hello', 'a lease that is no id', { ...helloOf(), held: ['no id'] }],
    ['hello', 'a secret too long', { ...helloOf(), device: { id: hex(16), secret: 'x'.repeat(101) } }],
    ['lease', 'seconds that are no number', { ...asks, seconds: Number.NaN }],
    ['lease', 'more units than one message holds', { ...asks, most: 1001 }],
    ['lease', 'a negative number held', { ...asks, held: -1 }],
    ['return', 'an output that is text', { results: [{ lease: hex(16), output: 'text', seconds: 1 }] }],
    ['return', 'negative seconds', { results: [{ lease: hex(16), output: value(1), seconds: -1 }] }],
    ['return', 'a reason nobody knows', { results: [{ lease: hex(16), errored: 'bored', message: '', seconds: 1 }] }],
    ['return', 'an output and an error', { results: [{ lease: hex(16), output: value(1), errored: 'crashed', message: '', seconds: 1 }] }],
    [
      'return',
      'more results than one message holds',
      { results: Array(LIMITS.itemsPerMessage + 1).fill({ lease: hex(16), output: value(1), seconds: 1 }) },
    ],
    ['bundle', 'a digest too short', { bundle: hex(16) }],
    ['release', 'no list of leases', { leases: 'all' }],
  ] as const)('V2 %s with %s is refused by name and counted, and the connection kept', async (event, _what, message) => {
    const volunteer = await app.volunteer()
    const before = await badMessages()
    const answer = await volunteer.say(event, message)
    expect(codeOf(answer)).toBe('bad-message')
    expect(answer.error?.message).toMatch(new RegExp(`^${event}: at `))
    expect(await badMessages()).toBe(before + 1)
    expect(await volunteer.ask('release', { leases: [] })).toEqual({ released: 0 })
  })

  test.each([
    ['priority', { spec: { ...jobSpec(), priority: 6 } }],
    ['quorum', { spec: { ...jobSpec(), redundancy: { quorum: 0 } } }],
    ['unlimited quorum', { spec: { ...jobSpec(), redundancy: { quorum: 11 } } }],
    ['id', { spec: { ...jobSpec(), job: 'mine' } }],
    ['name', { spec: { ...jobSpec(), name: 'n'.repeat(201) } }],
    ['inputs', { units: [{ ...units(1)[0], inputs: 0 }] }],
    ['key', { units: [{ ...units(1)[0], key: '' }] }],
    ['input', { units: [{ ...units(1)[0], input: new Uint8Array(LIMITS.payloadBytes + 1) }] }],
    ['code', { code: new Uint8Array(LIMITS.bundleBytes + 1) }],
  ] as const)('V2 a submission with a wrong %s is refused', async (_what, change) => {
    const researcher = await app.researcher()
    expect(codeOf(await researcher.say('submit', { ...submission(), ...change }))).toBe('bad-message')
    expect(codeOf(await researcher.say('submit', submission()))).toBeUndefined()
  })

  test('V2 an unknown message is answered with those that are known', async () => {
    const volunteer = await app.volunteer()
    const answer = await volunteer.say('leases', asks)
    expect(answer.error).toMatchObject({ code: 'unknown-message' })
    expect(answer.error?.message).toContain('hello, lease, return, release, bundle')
    volunteer.socket.emit('constructor', {})
    await expect.poll(() => volunteer.refused.map(({ code }) => code)).toEqual(['unknown-message'])
  })

  test.each(['error', 'disconnect', 'disconnecting', 'connect', 'connection', 'newListener', 'refused'])(
    'V2 a client that says the socket’s own event %s does no harm',
    async (event) => {
      for (const namespace of ['/volunteer', '/researcher', '/live'] as const) {
        const client = namespace === '/researcher' ? (await app.researcher()).socket : await app.connect(namespace)
        // The client's library refuses to send these, so the frame is written by hand.
        const { engine } = client.io
        const { encode: pack } = await import('@msgpack/msgpack')
        engine.write(Buffer.from(pack({ type: 2, nsp: namespace, data: [event, 'no reason'] })))
        await expect(app.get('/healthz')).resolves.toMatchObject({ status: 200 })
        if (namespace !== '/live') await expect(new Client(client).say('status', {})).resolves.toBeDefined()
        client.disconnect()
      }
      expect(Number((await app.get('/api/v1/status')).body.researchersConnected)).toBeGreaterThanOrEqual(0)
    },
  )

  test('V2 the default namespace is nobody’s', async () => {
    await expect(app.connect('/')).rejects.toThrow('Expected a namespace of this server')
  })

  test.each([
    ['no MessagePack', Buffer.from([0xc1])],
    ['no packet', Buffer.from([0x07])],
  ])('V2 a frame that is %s is refused, and the connection kept', async (_what, frame) => {
    const volunteer = await app.volunteer()
    volunteer.socket.io.engine.write(frame)
    await expect.poll(() => volunteer.refused.map(({ code }) => code)).toEqual(['bad-message'])
    expect(await volunteer.ask('release', { leases: [] })).toEqual({ released: 0 })
  })

  test('V2 a message that is too large as a whole says the limit', async () => {
    const researcher = await app.researcher()
    const large = Array.from({ length: 9 }, (_, i) => ({ key: String(i), input: new Uint8Array(LIMITS.payloadBytes), inputs: 1 }))
    const answer = await researcher.say('submit', { ...submission(), units: large })
    expect(answer.error).toMatchObject({ code: 'message-too-large' })
    expect(answer.error?.message).toContain(String(LIMITS.messageBytes))
    expect(codeOf(await researcher.say('submit', submission()))).toBeUndefined()
  })

  test('V2 the hundredth bad message in a minute ends the connection, and only that', async () => {
    const volunteer = await app.volunteer()
    const other = await app.volunteer()
    for (let i = 1; i < LIMITS.badMessagesPerMinute; i++) await volunteer.say('lease', {})
    expect(volunteer.socket.connected).toBe(true)
    volunteer.socket.emit('lease', {})
    expect(await volunteer.ended()).toBe('io server disconnect')
    expect(await other.ask('release', { leases: [] })).toEqual({ released: 0 })
  })

  test('V42 a device is given bundles by their digest, and nothing else that stands under one', async () => {
    const input = encode(['private'.repeat(10_000)])
    const researcher = await app.researcher()
    await researcher.ask('submit', { ...submission(), units: [{ key: 'a', input, inputs: 1 }] })
    const volunteer = await app.volunteer()
    expect(codeOf(await volunteer.say('bundle', { bundle: digestOf(input) }))).toBe('unknown-bundle')
    expect(Buffer.from((await volunteer.ask('bundle', { bundle: digestOf(CODE) })).code)).toEqual(Buffer.from(CODE))
  })

  test('V2 a refusal that is nobody’s fault is not counted', async () => {
    const volunteer = await app.volunteer()
    const before = await badMessages()
    expect(codeOf(await volunteer.say('bundle', { bundle: hex(32) }))).toBe('unknown-bundle')
    expect(await badMessages()).toBe(before)
  })

  test.each(['events', 'watch', 'control', 'add', 'drop'])('V2 %s of an unknown job is refused', async (event) => {
    const job = hex(16)
    const parts = {
      events: { after: 0, limit: 1 },
      watch: {},
      control: { action: 'pause' },
      add: { units: [], inputsComplete: false },
      drop: { keys: [] },
    }
    const answer = await (await app.researcher()).say(event, { job, ...parts[event as keyof typeof parts] })
    expect(codeOf(answer)).toBe('unknown-job')
  })
})

describe('V3 results', () => {
  beforeEach(start)
  afterEach(close)

  const leased = async (count: number) => {
    const researcher = await app.researcher()
    const job = await app.submit(researcher, count, { redundancy: 'none' })
    const volunteer = await app.volunteer()
    const answer = await volunteer.ask('lease', asks)
    return { researcher, job, volunteer, leases: answer.leases.filter((lease) => lease.job === job) }
  }
  const outcomes = async (volunteer: Awaited<ReturnType<TestApp['volunteer']>>, results: unknown[]) =>
    (await volunteer.ask('return', { results: results as never })).outcomes.map((outcome) =>
      typeof outcome === 'string' ? outcome : outcome.code,
    )

  test('V3 a result for a lease of another, or of nobody, is refused; the others of its message are recorded', async () => {
    const { volunteer, leases } = await leased(2)
    const thief = await app.volunteer()
    expect(await outcomes(thief, [result(leases[0]!), result({ lease: hex(16) })])).toEqual(['not-your-lease', 'unknown-lease'])
    expect(await outcomes(volunteer, [result(leases[0]!), result({ lease: hex(16) }), result(leases[1]!)])).toEqual([
      'recorded',
      'unknown-lease',
      'recorded',
    ])
    expect(await outcomes(volunteer, [result(leases[0]!), result(leases[1]!, 'something else')])).toEqual(['duplicate', 'duplicate'])
  })

  test('V3 releasing another’s lease releases nothing', async () => {
    const { volunteer, leases } = await leased(1)
    expect(await (await app.volunteer()).ask('release', { leases: [leases[0]!.lease] })).toEqual({ released: 0 })
    expect(await volunteer.ask('release', { leases: [leases[0]!.lease] })).toEqual({ released: 1 })
  })

  test.each([
    ['no outputs', encode(7)],
    ['bytes behind the end', Buffer.concat([value(1), Buffer.from([0])])],
    ['a longer form than needed', Buffer.from('81a16576616c75651807', 'hex')],
    ['an item that is neither value nor error', encode([{ answer: 1 }])],
    ['nothing', new Uint8Array(0)],
  ])('V3 an output that is %s is refused, and the lease kept', async (_what, output) => {
    const { volunteer, leases } = await leased(1)
    const { lease } = leases[0]!
    expect(await outcomes(volunteer, [{ lease, output, seconds: 1 }])).toEqual(['bad-output'])
    expect(await outcomes(volunteer, [result(leases[0]!)])).toEqual(['recorded'])
  })

  test('V3 an output with too many items fails the lease, not the unit', async () => {
    const { researcher, job, volunteer, leases } = await leased(1)
    const output = encodeOutputs([{ value: 1 }, { value: 2 }])
    expect(await outcomes(volunteer, [{ lease: leases[0]!.lease, output, seconds: 1 }])).toEqual(['recorded'])
    const { snapshot } = await researcher.ask('events', { job, after: 0, limit: 1 })
    expect(snapshot).toMatchObject({ state: 'running', units: { open: 1, accepted: 0 } })
  })

  test('V3 code travels once a connection, and is asked for by its digest', async () => {
    const researcher = await app.researcher()
    const volunteer = await app.volunteer()
    await app.submit(researcher, 1, { redundancy: 'none', name: 'first' })
    const first = await volunteer.ask('lease', asks)
    expect(first.jobs.every(({ code }) => code !== undefined)).toBe(true)
    await app.submit(researcher, 1, { redundancy: 'none', name: 'second' })
    const second = await volunteer.ask('lease', asks)
    expect(second.jobs.map(({ code }) => code)).toEqual([undefined])
    expect(Buffer.from((await volunteer.ask('bundle', { bundle: second.jobs[0]!.bundle })).code)).toEqual(CODE)
  })
})
