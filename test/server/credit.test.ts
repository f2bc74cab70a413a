import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountCredit, CreditRules, DeviceCredit, LedgerRow, Page, PendingCredit, TeamRow } from '../../sdk/protocol.ts'
import { asks, type Researcher, result, TestApp, TOKEN, type Volunteer } from '../support/app.ts'

let app: TestApp
let researcher: Researcher
beforeAll(async () => {
  app = await TestApp.start()
  researcher = await app.researcher()
})
afterAll(() => app.close())

const bearer = { authorization: `Bearer ${TOKEN}` }
const get = async <Body>(path: string, headers = {}) => (await app.get(`/api/v1${path}`, headers)).body as unknown as Body
const post = async <Body>(path: string, body?: unknown) => {
  const text = body === undefined ? {} : { body: JSON.stringify(body) }
  const answer = await fetch(`${app.url}/api/v1${path}`, { method: 'POST', headers: bearer, ...text })
  return { status: answer.status, body: (await answer.json()) as Body }
}

/** Devices compute a job of so many units at this price, whose results are sealed; then the sweep books it. */
async function earned(price: number, units: number, devices: readonly Volunteer[], change: Parameters<TestApp['submit']>[2] = {}) {
  const job = await app.submit(researcher, units, change)
  await app.store.credits.setPrice((await app.store.findJob(job))!, [price])
  for (const [i, device] of devices.entries()) {
    for (let left = units; left > 0; ) {
      const { leases } = await device.ask('lease', asks)
      await device.ask('return', { results: leases.map((lease) => ({ ...result(lease), seconds: 10 ** (3 * i) })) })
      left -= leases.length
    }
  }
  const rows = new Database(app.file)
  rows.exec(`UPDATE WorkUnit SET state = 'sealed' WHERE state = 'accepted'; INSERT INTO CreditDue (unitId) SELECT id FROM WorkUnit`).close()
  await app.app.sweeper.runOnce()
  return job
}

test('G1 G10 what two devices computed is theirs after the sweep, the same for both, and stands in lists, pages and the job', async () => {
  const devices = [await app.volunteer(), await app.volunteer()]
  const job = await earned(1.5, 4, devices)
  expect(await get(`/jobs/${job}`)).toMatchObject({ creditPerInput: 1.5 })
  for (const { welcome } of devices) {
    const standing = await get<DeviceCredit & PendingCredit>(`/devices/${welcome.device.id}/credit`)
    expect(standing).toMatchObject({ credit: 6, results: 4, pending: 0, badges: ['first-result'] })
    expect(standing.cobblestones).toBeCloseTo((6 * 4 * 200) / 86_400, 6)
  }
  const board = await get<Page<DeviceCredit>>('/leaderboard/devices?limit=1')
  const rest = await get<Page<DeviceCredit>>(`/leaderboard/devices?limit=1&after=${board.next}`)
  expect([...board.rows, ...rest.rows].map(({ device }) => device).sort()).toEqual(devices.map(({ welcome }) => welcome.device.id).sort())
  expect(rest.next).toBeUndefined()
})

test('G4 the owner’s own device earns no listed credit', async () => {
  const own = await app.ownVolunteer()
  await earned(100, 1, [own], { ownDevices: true })
  expect(await get(`/devices/${own.welcome.device.id}/credit`)).toMatchObject({ credit: 0, badges: [] })
  expect(await get('/credit', bearer)).toMatchObject({ account: 'owner', credit: 0 })
  expect((await get<Page<AccountCredit>>('/leaderboard/accounts')).rows).toEqual([])
  expect((await get<Page<LedgerRow>>('/credit/ledger')).rows.at(-1)).toMatchObject({ kind: 'own', microcredits: 100_000_000 })
})

test('G13 the ledger is exported as pages, as CSV with exact decimals and as lines of JSON, from any row on', async () => {
  const { rows } = await get<Page<LedgerRow>>('/credit/ledger?limit=1000')
  expect(rows.length).toBeGreaterThan(4)
  const lines = (await get<{ text: string }>('/credit/ledger.csv')).text.trimEnd().split('\r\n')
  expect(lines).toHaveLength(rows.length + 1)
  expect(lines[0]).toBe('row,lease,n,job,device,account,team,kind,credit,grantedAt,createdAt')
  expect(lines[1]!.split(',').slice(5, 9)).toEqual(['', '', 'listed', '1.500000'])
  expect(lines.at(-1)!.split(',').slice(5, 9)).toEqual(['"owner"', '', 'own', '100.000000'])
  const after = rows[2]!.row
  const text = await (await fetch(`${app.url}/api/v1/credit/ledger.ndjson?after=${after}`)).text()
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(rows.slice(3))
  for (const path of ['ledger?limit=1001', 'ledger?after=x', 'ledger.csv?after=-1', 'ledger.ndjson?limit=2'])
    expect((await app.get(`/api/v1/credit/${path}`)).status).toBe(400)
})

test('G15 the command lists who earned most, as a table or JSON, and writes the ledger', async () => {
  const run = promisify(execFile)
  const dsage = async (...words: string[]) =>
    (await run(process.execPath, ['sdk/cli/main.ts', 'credit', '--url', app.url, ...words])).stdout
  const [none, devices, json, csv] = await Promise.all([
    dsage(),
    dsage('--of', 'devices'),
    dsage('--of', 'devices', '--limit', '1', '--json'),
    dsage('--ledger', 'csv'),
  ])
  expect(none).toBe('No accounts have sealed credit yet.\n')
  expect(devices.split('\n')[0]).toMatch(/^Device +Credit +Recent average +Results +Badges$/)
  expect(devices.split('\n')[1]).toContain(' 6.0 ')
  expect(JSON.parse(json)).toEqual([expect.objectContaining({ credit: 6, badges: ['first-result'] })])
  expect(csv).toBe((await get<{ text: string }>('/credit/ledger.csv')).text)
})

test('G5 a job that waits is shown to the admin, who releases it once; the log says so', async () => {
  const acts: unknown[] = []
  const other = await TestApp.start({
    log: { error: () => {}, info: (act: unknown) => acts.push(act), isLevelEnabled: () => false, warn: () => {} } as never,
  })
  try {
    const job = await other.submit(await other.researcher(), 1)
    const record = (await other.store.findJob(job))!
    await other.store.credits.setPrice(record, [9])
    expect((await other.get('/api/v1/credit/held', bearer)).body).toEqual({ rows: [] })
    new Database(other.file).exec('UPDATE Job SET creditHold = 1').close()
    expect((await other.get('/api/v1/credit/held', bearer)).body).toMatchObject({ rows: [{ job, owner: 'owner', creditPerInput: 9 }] })
    expect((await other.get(`/api/v1/jobs/${job}`)).body).toMatchObject({ creditHeld: true })
    expect((await other.get('/api/v1/credit/held')).status).toBe(401)
    for (const released of [true, false])
      expect((await other.get(`/api/v1/jobs/${job}/release-credit`, bearer, 'POST')).body).toEqual({ released })
    expect(acts).toEqual([{ audit: true, act: 'release-credit', job }])
    expect((await other.get(`/api/v1/jobs/${job}`)).body).not.toHaveProperty('creditHeld')
  } finally {
    await other.close()
  }
})

test('G9 teams are made, joined, left and read by REST, and a name is given once', async () => {
  const made = await post<TeamRow>('/teams', { name: '  the first  ' })
  expect(made).toMatchObject({ status: 200, body: { name: 'the first', members: 1, credit: 0, badges: [] } })
  expect(await post('/teams', { name: 'the first' })).toMatchObject({ status: 409, body: { error: { code: 'name-taken' } } })
  for (const name of ['', '   ', 'a\nb', 'a\u202eb', 'x'.repeat(201)]) expect((await post('/teams', { name })).status).toBe(400)
  const second = await post<TeamRow>('/teams', { name: 'the second' })
  expect(await get<AccountCredit>('/credit', bearer)).toMatchObject({ team: 'the second' })
  expect((await post(`/teams/${made.body.team}/join`)).body).toMatchObject({ members: 1 })
  expect(await get(`/teams/${second.body.team}`)).toMatchObject({ members: 0 })
  expect((await get<Page<TeamRow>>('/teams')).rows.map(({ name }) => name)).toEqual(['the second', 'the first'])
  expect((await post('/teams/leave')).body).not.toHaveProperty('team')
  expect(await post(`/teams/${'0'.repeat(32)}/join`)).toMatchObject({ status: 404, body: { error: { code: 'unknown-team' } } })
})

test('G9 the rules of credit and the ten badges can be read', async () => {
  const { badges, ...rules } = await get<CreditRules>('/credit/rules')
  expect(badges).toHaveLength(10)
  expect(rules).toEqual({ halfLifeDays: 7, referenceGflops: 4, cobblestonesPerCredit: 800 / 86_400 })
})
