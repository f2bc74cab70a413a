import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JobSpec } from '../../sdk/protocol.ts'
import { asks, type Researcher, result, TestApp, TOKEN } from '../support/app.ts'

let app: TestApp
let researcher: Researcher
beforeAll(async () => {
  app = await TestApp.start()
  researcher = await app.researcher()
})
afterAll(() => app.close())

const bearer = { authorization: `Bearer ${TOKEN}` }
const wrong = { authorization: 'Bearer another' }
const results = (job: string, query = '', headers: Record<string, string> = {}) => app.get(`/api/v1/jobs/${job}/results${query}`, headers)
type Events = { events: { n: number; key: string; outputs: unknown[] }[] }

async function computed(count: number, change: Partial<JobSpec> = {}): Promise<string> {
  const job = await app.submit(researcher, count, { redundancy: 'none', ...change })
  const device = await app.volunteer()
  for (let left = count; left > 0; ) {
    const { leases } = await device.ask('lease', asks)
    await device.ask('return', { results: leases.map((lease) => result(lease)) })
    left -= leases.length
  }
  device.close()
  return job
}

describe('V15 results', () => {
  test('V15 a stranger reads the results of a public job and of no other', async () => {
    const job = await computed(3, { visibility: 'public', builtin: 'mandelbrot' })
    expect((await results(job)).body).toMatchObject({ events: [{ n: 1 }, { n: 2 }, { n: 3 }], snapshot: { visibility: 'public' } })
    expect((await results(job, '', wrong)).status).toBe(401)
    for (const visibility of ['owner', 'unlisted', undefined] as const) {
      const closed = await computed(1, visibility ? { visibility } : {})
      expect((await results(closed)).status).toBe(401)
      expect((await results(closed, '', bearer)).body).toMatchObject({ events: [{ n: 1 }] })
      const { status, body } = await app.get(`/api/v1/jobs/${closed}`)
      expect([status, body.visibility, body.name]).toEqual([200, visibility ?? 'owner', 'squares'])
    }
  })

  test('V15 the newest results come in one request, bounded, in their order', async () => {
    const job = await computed(9, { visibility: 'public' })
    const all = ((await results(job)).body as unknown as Events).events
    const newest = async (limit: number) => ((await results(job, `?newest=true&limit=${limit}`)).body as unknown as Events).events
    expect(all.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(await newest(4)).toEqual(all.slice(5))
    expect(await newest(1000)).toEqual(all)
    for (const query of ['newest=false', 'newest=', 'newest=true&limit=1001', 'newest=true&limit=0'])
      expect((await results(job, `?${query}`)).status).toBe(400)
  })

  test('V15 newest results that are too many bytes leave out the oldest', async () => {
    const job = await app.submit(researcher, 3, { redundancy: 'none', visibility: 'public' })
    const device = await app.volunteer()
    const large = 'x'.repeat(200 * 1024)
    for (let left = 3; left > 0; ) {
      const { leases } = await device.ask('lease', asks)
      await device.ask('return', { results: leases.map((lease) => result(lease, large)) })
      left -= leases.length
    }
    const { events } = (await results(job, '?newest=true&limit=3')).body as unknown as Events
    expect(events.map(({ n }) => n)).toEqual([3])
  })

  test.each([{ visibility: 'secret' }, { visibility: null }, { builtin: 'chess' }, { builtin: 1 }])(
    'V15 a job with %o is refused',
    async (change) => {
      await expect(app.submit(researcher, 1, change as Partial<JobSpec>)).rejects.toThrow('bad-message')
    },
  )

  test('V15 how its results are drawn is said of a job that says so', async () => {
    const job = await app.submit(researcher, 1, { builtin: 'factor' })
    expect((await app.get(`/api/v1/jobs/${job}`)).body).toMatchObject({ builtin: 'factor' })
    expect((await app.get(`/api/v1/jobs/${await app.submit(researcher, 1)}`)).body).not.toHaveProperty('builtin')
  })
})

test('V16 what is not listed is in no page a stranger gets, and in those of the owner', async () => {
  const other = await TestApp.start()
  const owner = await other.researcher()
  const visibilities = ['public', 'unlisted', 'owner', 'unlisted', 'unlisted', 'public', 'owner', 'unlisted'] as const
  const jobs: string[] = []
  for (const visibility of visibilities) jobs.push(await other.submit(owner, 1, { visibility }))
  const listed = async (limit: number, headers: Record<string, string>) => {
    const seen: string[] = []
    for (let query = `limit=${limit}`; ; ) {
      const { rows, next } = (await other.get(`/api/v1/jobs?${query}`, headers)).body as { rows: { job: string }[]; next?: string }
      seen.push(...rows.map(({ job }) => job))
      if (next === undefined) return seen
      query = `limit=${limit}&after=${next}`
    }
  }
  const shown = jobs.filter((_, i) => visibilities[i] !== 'unlisted').reverse()
  for (const limit of [1, 2, 3, 50]) {
    expect(await listed(limit, {})).toEqual(shown)
    expect(await listed(limit, bearer)).toEqual(jobs.toReversed())
  }
  expect((await other.get('/api/v1/jobs', wrong)).status).toBe(401)
  await other.close()
})
