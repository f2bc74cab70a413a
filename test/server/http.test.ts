import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROTOCOL_VERSION } from '../../sdk/protocol.ts'
import { TestApp } from '../support/app.ts'
import { hex } from '../support/store-kit.ts'

let app: TestApp
const jobs: string[] = []
beforeAll(async () => {
  app = await TestApp.start({ allowedHosts: new Set(['dsage.example', 'dsage.example:8081']) })
  const researcher = await app.researcher()
  for (let i = 0; i < 7; i++) jobs.push(await app.submit(researcher, 1, { name: `job ${i}` }))
  for (let i = 0; i < 3; i++) await app.volunteer({ name: `device ${i}` })
})
afterAll(() => app.close())

const own = () => `127.0.0.1:${app.port}`
const codeOf = ({ body }: { body: Record<string, unknown> }) => (body.error as { code: string }).code

describe('V5 origin and host', () => {
  test.each([
    ['a foreign page', () => ({ origin: 'https://evil.example' }), 'forbidden-origin'],
    ['a page without an origin', () => ({ origin: 'null' }), 'forbidden-origin'],
    ['a page of another port', () => ({ origin: 'http://127.0.0.1:1' }), 'forbidden-origin'],
    ['an origin that only begins like ours', () => ({ origin: `http://${own()}.evil.example` }), 'forbidden-origin'],
    ['an origin with a path', () => ({ origin: `http://${own()}/x` }), 'forbidden-origin'],
    ['a name that was pointed at this machine', () => ({ host: `evil.example:${app.port}` }), 'forbidden-host'],
    ['such a name as origin and host', () => ({ host: 'evil.example', origin: 'http://evil.example' }), 'forbidden-host'],
    ['loopback spelt as a name', () => ({ host: 'localhost.evil.example' }), 'forbidden-host'],
    ['a configured name at another port', () => ({ host: 'dsage.example:1' }), 'forbidden-host'],
  ] as const)('V5 %s is refused on HTTP and on every socket', async (_who, headers, code) => {
    for (const path of ['/', '/healthz', '/api/v1/jobs', '/nowhere']) {
      const answer = await app.get(path, headers())
      expect([answer.status, codeOf(answer)]).toEqual([403, code])
    }
    for (const namespace of ['/volunteer', '/researcher', '/live']) {
      await expect(app.connect(namespace, { protocol: PROTOCOL_VERSION, session: await app.session() }, headers())).rejects.toThrow()
    }
  })

  test.each([
    ['no page at all', () => ({})],
    ['its own page', () => ({ origin: `http://${own()}` })],
    ['localhost', () => ({ host: `localhost:${app.port}`, origin: `http://localhost:${app.port}` })],
    ['IPv6 loopback', () => ({ host: `[::1]:${app.port}` })],
    ['a configured name, behind TLS', () => ({ host: 'DSage.example', origin: 'https://dsage.example' })],
  ] as const)('V5 %s is served on HTTP and on the sockets', async (_who, headers) => {
    expect((await app.get('/healthz', headers())).status).toBe(200)
    await expect(app.connect('/volunteer', {}, headers())).resolves.toMatchObject({ connected: true })
  })

  test('V5 pages may not be framed, nor run what is not theirs', async () => {
    const { headers } = await app.get('/api/v1/status')
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cross-origin-opener-policy': 'same-origin' })
    expect(headers['x-powered-by']).toBeUndefined()
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })

  test('V5 the transport that needs no upgrade is not there', async () => {
    expect((await app.get('/socket.io/?EIO=4&transport=polling')).status).toBe(400)
  })
})

describe('V6 REST', () => {
  test.each([
    ['jobs', 'name', () => jobs.map((_, i) => `job ${i}`)],
    ['devices', 'name', () => [0, 1, 2].map((i) => `device ${i}`)],
  ] as const)('V6 %s come in pages, newest first, each once', async (list, field, all) => {
    const seen: unknown[] = []
    for (let after = '', pages = 0; pages < 10; pages++) {
      const { body } = await app.get(`/api/v1/${list}?limit=2${after}`)
      const rows = body.rows as Record<string, unknown>[]
      expect(rows.length).toBeLessThanOrEqual(2)
      seen.push(...rows.map((row) => row[field]))
      if (body.next === undefined) break
      after = `&after=${body.next}`
    }
    expect(seen).toEqual(all().reverse())
  })

  test.each(['0', '201', '-1', '1.5', 'ten', '', '1&limit=2', 'Infinity'])('V6 the limit %s is refused', async (limit) => {
    const answer = await app.get(`/api/v1/jobs?limit=${limit}`)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'bad-message'])
  })

  test.each(['x', '-1', '1.5', '99999999999', "1'%20OR%201=1", '1&after=2'])('V6 the cursor %s is refused', async (after) => {
    expect((await app.get(`/api/v1/jobs?after=${after}`)).status).toBe(400)
  })

  test('V6 one job, and one that is not there', async () => {
    expect((await app.get(`/api/v1/jobs/${jobs[3]}`)).body).toMatchObject({
      job: jobs[3],
      name: 'job 3',
      state: 'running',
      units: { open: 1 },
    })
    for (const path of [`/api/v1/jobs/${hex(16)}`, '/api/v1/jobs/x', '/api/v1/unheard-of', '/unheard-of']) {
      expect((await app.get(path)).status, path).toBe(404)
    }
  })

  test.each(['/api/v1/jobs/%E0%A4%A', '/%00', '/..%2f..%2fpackage.json', '/api/v1/jobs/%2e%2e%2f'])(
    'V6 the path %s is the asker’s fault, not ours',
    async (path) => {
      const answer = await app.get(path)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
      expect(app.errors).toEqual([])
    },
  )

  test.each(['POST', 'PUT', 'DELETE'])('V6 %s changes nothing', async (method) => {
    expect((await app.get(`/api/v1/jobs/${jobs[0]}`, {}, method)).status).toBe(404)
  })

  test('V6 who is connected is said of each device', async () => {
    const { body } = await app.get('/api/v1/devices?limit=3')
    expect((body.rows as { connected: boolean }[]).map(({ connected }) => connected)).toEqual([true, true, true])
  })

  test('V6 a server lives and is ready, until it stops', async () => {
    const other = await TestApp.start()
    expect([(await other.get('/healthz')).status, (await other.get('/readyz')).body]).toEqual([200, { ready: true }])
    expect((await other.get('/api/v1/status')).body).toMatchObject({
      protocol: PROTOCOL_VERSION,
      database: 'sqlite',
      badMessages: 0,
      jobs: { running: 0 },
    })
    await other.close()
    await expect(other.get('/readyz')).rejects.toThrow()
  })
})
