import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { encode } from '../../sdk/codec.ts'
import { toJson } from '../../sdk/json.ts'
import { LIMITS } from '../../sdk/protocol.ts'
import { Administration } from '../../server/administration.ts'
import { AuthorizedKeys } from '../../server/auth/authorized-keys.ts'
import { LoginPace } from '../../server/auth/login-pace.ts'
import { Logins } from '../../server/auth/logins.ts'
import { Sessions } from '../../server/auth/sessions.ts'
import { Connected } from '../../server/connected.ts'
import { Crediting } from '../../server/crediting.ts'
import { Files } from '../../server/files.ts'
import { Metrics } from '../../server/metrics.ts'
import { Networks } from '../../server/networks.ts'
import { Reading } from '../../server/reading.ts'
import { standingOf } from '../../server/standing.ts'
import { Status } from '../../server/status.ts'
import { serveHttp } from '../../server/transport/http.ts'
import { type RestTransport, routesOf } from '../../server/transport/rest-routes.ts'
import * as shapes from '../../server/transport/rest-schemas.ts'
import * as standingShapes from '../../server/transport/standing-schemas.ts'
import { asks, result, TestApp, TOKEN, type Volunteer } from '../support/app.ts'
import { coordinate } from '../support/coordinator.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { CODE, hex, jobSpec } from '../support/store-kit.ts'

type Body = Record<string, unknown>
type Answered = { readonly status: number; readonly headers: Headers; readonly body: Body }
let app: TestApp
let freeDisk = 1
beforeAll(async () => {
  app = await TestApp.start({ freeDisk: () => freeDisk })
})
afterAll(() => app.close())

const bearer = { authorization: `Bearer ${TOKEN}` }
async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = bearer): Promise<Answered> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await fetch(app.url + path, { method, headers, ...(text === undefined ? {} : { body: text }) })
  const said = await answer.text()
  const isLines = /^(text\/csv|application\/x-ndjson)/.test(answer.headers.get('content-type') ?? '')
  return { status: answer.status, headers: answer.headers, body: (isLines ? { text: said } : JSON.parse(said)) as Body }
}
const post = (path: string, body?: unknown, headers?: Record<string, string>) => ask('POST', `/api/v1/jobs${path}`, body, headers)
const read = (path: string, headers?: Record<string, string>) => ask('GET', `/api/v1/jobs${path}`, undefined, headers)
const refusal = ({ status, body }: Answered) => [status, (body.error as { code: string }).code]
const sentence = ({ body }: Answered) => (body.error as { message: string }).message

const unit = (key: number | string, ...inputs: unknown[]) => ({
  key: String(key),
  inputs: inputs.length === 0 ? [key] : inputs.map(toJson),
})
const submission = (change: Body = {}) => ({ spec: jobSpec(), code: CODE.toString(), units: [unit(0)], inputsComplete: true, ...change })
async function submitted(change: Body = {}): Promise<string> {
  const answer = await post('', submission(change))
  expect(answer).toMatchObject({ status: 200, body: { state: 'running' } })
  return answer.body.job as string
}
/** A second account's job, which the home token does not speak for. */
async function foreignJob(): Promise<string> {
  const spec = jobSpec()
  const accountId = await app.store.ensureAccount('somebody else', 'researcher')
  await app.store.transact((tx) => tx.createJob(spec, CODE, accountId))
  return spec.job
}
const own = { redundancy: 'none', ownDevices: true } as const

describe('V12 the verbs', () => {
  test('V12 a job is submitted by REST, computed over a socket and read by REST', async () => {
    const inputs = [5n, new Uint8Array([1, 2]), -0, new Map([['a', undefined]]), 2n ** 70n]
    const spec = jobSpec(own)
    const job = await submitted({ spec, units: inputs.map((input, i) => unit(i, input)), inputsComplete: false })
    expect(job).toBe(spec.job)
    expect((await post(`/${job}/units`, { units: [unit('last', 7, 8)], inputsComplete: true })).body).toEqual({ added: 1, existing: 0 })
    const device = await app.ownVolunteer()
    const given = await computeAll(device, job)
    expect(given.toSorted()).toEqual(
      [...inputs.map((input) => [input]), [7, 8]].map((list) => Buffer.from(encode(list)).toString('hex')).toSorted(),
    )
    device.close()

    const all = shapes.results.parse((await read(`/${job}/results`)).body)
    expect(all.snapshot).toMatchObject({ job, state: 'finished', inputs: 7, events: 6 })
    expect(all.events.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6])
    expect(
      all.events.every(({ outputs }) => JSON.stringify(outputs?.[0]) === '{"value":{"$map":[[{"$int":"1"},{"$number":"NaN"}]]}}'),
    ).toBe(true)
    const piece = shapes.results.parse((await read(`/${job}/results?after=2&limit=3`)).body)
    expect(piece.events).toEqual(all.events.slice(2, 5))
  })

  /** Leases and returns until the job is over; the inputs it was given, as bytes in hex. */
  async function computeAll(device: Volunteer, job: string): Promise<string[]> {
    const given: string[] = []
    while (given.length < 6) {
      const { leases } = await device.ask('lease', { ...asks, most: 10 })
      const mine = leases.filter((lease) => lease.job === job)
      given.push(...mine.map(({ input }) => Buffer.from(input).toString('hex')))
      const two = (lease: string) => Buffer.from(mine.find((one) => one.lease === lease)!.input)[0] === 0x82
      const answers = mine.map((lease) => (two(lease.lease) ? twice(lease.lease) : result(lease, new Map([[1n, Number.NaN]]))))
      await device.ask('return', { results: answers })
    }
    return given
  }
  const both = encode([{ value: new Map([[1n, Number.NaN]]) }, { error: { name: 'TypeError', message: 'no' } }])
  const twice = (lease: string) => ({ lease, output: both, seconds: 0.01 })

  test('V12 a submission repeated is one job; another under its id is refused', async () => {
    const first = submission()
    expect((await post('', first)).status).toBe(200)
    expect((await post('', first)).body).toMatchObject({ job: first.spec.job, units: { open: 1 } })
    expect(refusal(await post('', { ...first, spec: { ...first.spec, bundle: hex(32) } }))).toEqual([409, 'job-conflict'])
    const foreign = await foreignJob()
    expect(refusal(await post('', submission({ spec: jobSpec({ job: foreign }) })))).toEqual([409, 'job-conflict'])
    expect(refusal(await post('', submission({ code: 'another text' })))).toEqual([422, 'bundle-mismatch'])
  })

  test('V12 a job is paused, resumed, its units dropped, and cancelled', async () => {
    const job = await submitted({ units: [unit(1), unit(2), unit(3)] })
    expect((await post(`/${job}/pause`)).body).toMatchObject({ state: 'paused', reason: 'paused by its owner' })
    for (let i = 0; i < 2; i++) expect((await post(`/${job}/resume`)).body).toMatchObject({ state: 'running' })
    expect((await post(`/${job}/drop`, { keys: ['1', '9'] })).body).toEqual({ dropped: 1 })
    expect((await post(`/${job}/cancel`)).body).toMatchObject({ state: 'cancelled' })
    const finished = await submitted({ units: [unit(1)] })
    await post(`/${finished}/drop`, { keys: ['1'] })
    for (const [over, state] of [
      [job, 'cancelled'],
      [finished, 'finished'],
    ]) {
      const refused = await post(`/${over}/resume`)
      expect([...refusal(refused), sentence(refused)]).toEqual([
        ...[409, 'bad-transition'],
        `Expected a job that can become running, got one that is ${state}: submit it anew to compute it again.`,
      ])
    }
    expect(refusal(await post(`/${job}/units`, { units: [unit(4)], inputsComplete: true }))).toEqual([409, 'job-closed'])
  })

  test.each([
    ['no object', '[1]'],
    ['no JSON', '{"spec":'],
    ['nothing', undefined],
    ['a number', '5'],
    ['a field nobody knows', submission({ extra: 1 })],
    ['a bundle that is bytes', submission({ code: { $bytes: 'AQI=' } })],
    ['a quorum beyond all bounds', submission({ spec: { ...jobSpec(), redundancy: { quorum: 11 } } })],
    ['more units than one message holds', submission({ units: Array.from({ length: LIMITS.itemsPerMessage + 1 }, (_, i) => unit(i)) })],
    ['a unit without inputs', submission({ units: [{ key: 'a', inputs: [] }] })],
    ['an input too large', submission({ units: [unit('a', 'x'.repeat(LIMITS.payloadBytes))] })],
    ['a code too large', submission({ code: '€'.repeat(LIMITS.bundleBytes / 3 + 1) })],
    ['an input that was rounded', JSON.stringify(submission()).replace('"inputs":[0]', '"inputs":[18446744073709551617]')],
    ['an input with a broken tag', submission({ units: [{ key: 'a', inputs: [{ $int: 'five' }] }] })],
    ['an input with a lone surrogate', submission({ units: [{ key: 'a', inputs: ['\ud800'] }] })],
    ['an input of 100,000 levels', JSON.stringify(submission()).replace('"inputs":[0]', `"inputs":${'['.repeat(1e5)}${']'.repeat(1e5)}`)],
  ] as const)('V12 a submission with %s is refused by name, without a stack', async (_what, body) => {
    const answer = await post('', body)
    expect(refusal(answer)).toEqual([400, 'bad-message'])
    expect(sentence(answer)).not.toMatch(/node_modules|\n| at \/|\.ts/)
    expect(app.errors).toEqual([])
  })

  test('V12 a redundancy that is none is refused with those there are', async () => {
    const { spec, ...rest } = submission()
    const answer = await post('', { ...rest, spec: { ...(spec as object), redundancy: { targetError: '1e-3' } } })
    expect(sentence(answer)).toContain('expected "none", { "quorum": 1 to 10 } or { "targetError": 1e-6 to 1e-2 }')
  })

  test('V12 a body too large is refused with 413, a compressed one too, and the server goes on', async () => {
    expect(refusal(await post('', `"${'x'.repeat(LIMITS.messageBytes)}"`))).toEqual([413, 'message-too-large'])
    expect(refusal(await post('', '{}', { ...bearer, 'content-encoding': 'gzip' }))).toEqual([400, 'bad-message'])
    expect(refusal(await post('', '{}', { ...bearer, 'content-type': 'application/json; charset=latin1' }))).toEqual([400, 'bad-message'])
    await submitted()
  })

  test('V12 a body that is announced too large is refused before it is sent', async () => {
    const socket = connect(app.port, '127.0.0.1')
    socket.write(`POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 99999999\r\n\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /)
  })

  test('V12 a full disk is refused with the time to come again, in seconds', async () => {
    freeDisk = 0.01
    const answer = await post('', submission())
    freeDisk = 1
    expect(refusal(answer)).toEqual([507, 'storage-full'])
    expect(answer.headers.get('retry-after')).toBe('30')
  })

  test.each(['limit=0', 'limit=1001', 'after=-1', 'after=1.5', 'after=x', 'limit=1&limit=2', 'page=2'])(
    'V12 results with ?%s are refused',
    async (query) => {
      const job = await submitted()
      expect(refusal(await read(`/${job}/results?${query}`))).toEqual([400, 'bad-message'])
    },
  )
})

const verbs = ['units', 'pause', 'resume', 'cancel', 'drop']
const bodyOf = (verb: string): unknown => ({ units: { units: [unit(9)], inputsComplete: true }, drop: { keys: ['0'] } })[verb]

describe('V13 credentials', () => {
  test.each([
    ['none', {}],
    ['an empty one', { authorization: '' }],
    ['another token', { authorization: 'Bearer another' }],
    ['one that only begins like it', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['one that goes on', { authorization: `Bearer ${TOKEN}x` }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
    ['the token without a scheme', { authorization: TOKEN }],
  ] as const)('V13 with %s nothing is written and no result read', async (_what, headers) => {
    const job = await submitted()
    const refused = [post('', submission(), headers), read(`/${job}/results`, headers)]
    for (const answer of [...refused, ...verbs.map((verb) => post(`/${job}/${verb}`, bodyOf(verb), headers))]) {
      expect(refusal(await answer)).toEqual([401, 'unauthorised'])
      expect((await answer).headers.get('www-authenticate')).toBe('Bearer')
      expect(JSON.stringify((await answer).body)).not.toContain(TOKEN)
    }
    expect((await read(`/${job}`)).body).toMatchObject({ state: 'running', units: { open: 1 } })
  })

  test('V13 the body of a stranger is not looked at', async () => {
    expect(refusal(await post('', 'not JSON', {}))).toEqual([401, 'unauthorised'])
    expect(refusal(await post('', `"${'x'.repeat(LIMITS.messageBytes)}"`, {}))).toEqual([401, 'unauthorised'])
  })

  test('V13 somebody else’s job is as unknown as one that is not there, and stays as it is', async () => {
    const foreign = await foreignJob()
    for (const job of [foreign, hex(16), 'x', '%00', '..%2f..']) {
      expect(refusal(await read(`/${job}/results`)), job).toEqual([404, 'unknown-job'])
      for (const verb of verbs) expect(refusal(await post(`/${job}/${verb}`, bodyOf(verb))), `${job} ${verb}`).toEqual([404, 'unknown-job'])
    }
    expect((await read(`/${foreign}`)).body).toMatchObject({ state: 'running' })
  })

  test('V13 another page is refused even with the token, and results are kept nowhere', async () => {
    const job = await submitted()
    expect(refusal(await post(`/${job}/cancel`, undefined, { ...bearer, origin: 'https://evil.example' }))).toEqual([
      403,
      'forbidden-origin',
    ])
    expect((await read(`/${job}/results`)).headers.get('cache-control')).toBe('no-store')
  })
})

interface Operation {
  readonly parameters?: { readonly name: string; readonly in: string }[]
  readonly requestBody?: Content
  readonly security?: readonly object[]
  readonly responses: Record<string, Content>
}
interface Content {
  readonly content: { readonly 'application/json': { readonly schema: { readonly $ref: string } } }
}
const refOf = ({ content }: Content) => content['application/json'].schema.$ref.replace('#/components/schemas/', '')
const openApi = async () =>
  (await ask('GET', '/api/v1/openapi.json', undefined, {})).body as {
    openapi: string
    paths: Record<string, Record<string, Operation>>
    components: { schemas: Record<string, Body> }
  }
const shapeOf = (id: string): z.ZodType => {
  const shape = Object.values({ ...shapes, ...standingShapes }).find(
    (one) => 'safeParse' in one && shapes.shapes.get(one as z.ZodType)?.id === id,
  )
  if (!shape) throw new Error(`Expected a shape called ${id}.`)
  return shape as z.ZodType
}

describe('V14 OpenAPI', () => {
  test('V14 each documented GET answers in the shape it names', async () => {
    const job = await submitted()
    const { id } = (await app.volunteer({ name: 'a device' })).welcome.device
    const { team } = (await ask('POST', '/api/v1/teams', { name: 'a team' })).body as { team: string }
    const file = createHash('sha256').update('[]').digest('hex')
    await ask('POST', `/api/v1/files/${file}?bytes=2&offset=0`, '[]')
    const { openapi, paths } = await openApi()
    expect(openapi).toMatch(/^3\.1\./)
    const gets = Object.entries(paths).flatMap(([path, { get }]) => (get ? [{ path, get }] : []))
    expect(gets.length).toBeGreaterThanOrEqual(8)
    for (const { path, get } of gets) {
      const answer = await ask(
        'GET',
        path.replace('{job}', job).replace('{device}', id).replace('{file}', file).replace('{team}', team),
        undefined,
        get.security ? bearer : {},
      )
      expect([path, answer.status]).toEqual([path, 200])
      if (answer.headers.get('content-type') === 'application/octet-stream') {
        expect([Object.keys(get.responses[200]!.content), answer.body]).toEqual([['application/octet-stream'], []])
        continue
      }
      if ('text' in answer.body) {
        expect(answer.headers.get('content-type')?.split(';')[0]).toBe(Object.keys(get.responses[200]!.content)[0])
        continue
      }
      const parsed = shapeOf(refOf(get.responses[200]!)).safeParse(answer.body)
      expect(parsed.error, path).toBeUndefined()
    }
  })

  test('V14 each operation that names a token refuses without it in the shape of refusals, and each other answers without', async () => {
    const { paths } = await openApi()
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { security, responses }] of Object.entries(operations)) {
        const answer = await ask(method.toUpperCase(), path.replace('{file}', hex(32)).replace(/\{\w+\}/, hex(16)), undefined, {})
        // `{}` among them says that a stranger is answered too; the results of a job that is not public are the one answer he is refused.
        const isOptional = security?.some((one) => Object.keys(one).length === 0) && !path.endsWith('/results')
        expect([method, path, answer.status === 401]).toEqual([method, path, security !== undefined && !isOptional])
        if (answer.status >= 400) expect(shapeOf(refOf(responses.default!)).safeParse(answer.body).error).toBeUndefined()
      }
    }
  })

  test('V14 every route that is served is documented, and every reference resolves', async () => {
    const { paths, components } = await openApi()
    const { coordinator, live } = coordinate(app.store)
    const sources = { version: '0', startedAt: 0, store: app.store, coordinator, live, metrics: new Metrics() }
    const status = new Status(sources)
    const keys = await AuthorizedKeys.open({
      ownKey: OWNER_KEY.publicKey,
      operator: 'owner',
      file: app.authorizedKeys,
      onWarning: () => {},
    })
    const sessions = new Sessions(app.store, keys, true)
    const reading = new Reading(app.store)
    const transport: RestTransport = {
      administration: new Administration({ store: app.store, coordinator, live, onAct: () => {} }),
      ...{ reading, connected: new Connected(reading, live, 1), coordinator, live, logins: new Logins(app.store, keys, sessions) },
      ...{ status: () => status.read(), reject: async () => ({ voided: false }), isReady: () => true, version: '0' },
      crediting: new Crediting({ store: app.store, clock: Date.now }),
      files: new Files({ store: app.store.files, freeDisk: () => 1 }),
      standing: { of: standingOf.bind(undefined, app.store), appeal: async () => {} },
      home: { tokenHash: new Uint8Array(32), accountId: 1 },
    }
    const entry = {
      sessions,
      pace: new LoginPace(() => 0),
      networks: new Networks(),
      isDevice: async () => false,
      knowsDevice: async () => false,
    }
    const served = serveHttp({ ...transport, ...entry, allowedHosts: new Set(), onError: () => {} }).router.stack.flatMap(({ route }) =>
      route ? route.stack.map(({ method }) => `${method} ${route.path.replace(/:(\w+)/, '{$1}')}`) : [],
    )
    const api = served.filter((route) => !route.includes(' /sandbox/')) // the frames are pages
    const documented = Object.entries(paths).flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method} ${path}`))
    expect([...new Set(api)].toSorted()).toEqual(documented.toSorted())
    expect(routesOf(transport)).toHaveLength(documented.length)
    const references = [...JSON.stringify({ paths, components }).matchAll(/"\$ref":"#\/components\/schemas\/([^"]*)"/g)].map(([, id]) => id)
    expect(references.filter((id) => !Object.hasOwn(components.schemas, id ?? ''))).toEqual([])
  })

  test('V14 parameters and bodies are those the routes take', async () => {
    const { paths, components } = await openApi()
    const results = paths['/api/v1/jobs/{job}/results']?.get
    expect(results?.parameters?.map((parameter) => `${parameter.in} ${parameter.name}`)).toEqual([
      'path job',
      'query after',
      'query limit',
      'query console',
      'query newest',
    ])
    expect(refOf(paths['/api/v1/jobs']!.post!.requestBody!)).toBe('Submission')
    expect(components.schemas.Value?.description).toContain('{"$int":"5"}')
    expect(components.schemas.Submission).toMatchObject({
      additionalProperties: false,
      required: ['spec', 'code', 'units', 'inputsComplete'],
      properties: { units: { maxItems: LIMITS.itemsPerMessage, items: { $ref: '#/components/schemas/Unit' } } },
    })
  })
})
