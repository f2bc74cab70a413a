import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeviceRow, Page } from '../../sdk/protocol.ts'
import { asks, type Researcher, result, TestApp, TOKEN, type Volunteer } from '../support/app.ts'

let app: TestApp
let researcher: Researcher
/** Devices by the number of results they had accepted. */
const devices: [device: Volunteer, agreed: number][] = []
const AGREED = [3, 1, 2, 2, 0, 5, 1]

async function computes(device: Volunteer, count: number): Promise<void> {
  if (count === 0) return
  await app.submit(researcher, count, { redundancy: 'none' })
  for (let left = count; left > 0; ) {
    const { leases } = await device.ask('lease', asks)
    await device.ask('return', { results: leases.map((lease) => result(lease)) })
    left -= leases.length
  }
}
beforeAll(async () => {
  app = await TestApp.start()
  researcher = await app.researcher()
  for (const agreed of AGREED) {
    const device = await app.volunteer({ threads: 2 })
    devices.push([device, agreed])
    await computes(device, agreed)
  }
})
afterAll(() => app.close())

const page = async (query: string) => (await app.get(`/api/v1/leaderboard?${query}`)).body as unknown as Page<DeviceRow>
async function wholeBoard(limit: number): Promise<DeviceRow[]> {
  const rows: DeviceRow[] = []
  for (let query = `limit=${limit}`; ; ) {
    const { rows: more, next } = await page(query)
    expect(more.length).toBeLessThanOrEqual(limit)
    rows.push(...more)
    if (next === undefined) return rows
    query = `limit=${limit}&after=${next}`
  }
}

test.each([1, 2, 3, 200])('V20 in pages of %i every device with an accepted result comes once, the most first', async (limit) => {
  const rows = await wholeBoard(limit)
  expect(rows.map(({ agreed }) => agreed)).toEqual([5, 3, 2, 2, 1, 1])
  expect(new Set(rows.map(({ device }) => device)).size).toBe(6)
  for (const { device, agreed } of rows) expect(devices.find(([one]) => one.welcome.device.id === device)?.[1]).toBe(agreed)
})

test.each(['x', '1', '1-', '-1-1', '1-2-3', '1.5-2', '99999999999-1'])('V20 the cursor %s is refused', async (after) => {
  expect((await app.get(`/api/v1/leaderboard?after=${after}`)).status).toBe(400)
})

test('V20 a device that computes, waits or is gone is said to', async () => {
  const job = await app.submit(researcher, 1, { redundancy: 'none' })
  const [[busy], [free]] = [devices[0]!, devices[1]!]
  const { leases } = await busy.ask('lease', asks)
  const gone = await app.volunteer()
  const ended = gone.ended()
  gone.close()
  await ended
  const of = async (device: Volunteer) => (await app.get(`/api/v1/devices/${device.welcome.device.id}`)).body
  expect(await of(busy)).toMatchObject({ connected: true, threads: 2, busy: true })
  expect(await of(free)).toMatchObject({ connected: true, threads: 2, busy: false })
  await busy.ask('return', { results: leases.map((lease) => result(lease)) })
  expect(await of(busy)).toMatchObject({ connected: true, busy: false })
  expect((await app.get(`/api/v1/jobs/${job}`)).body).toMatchObject({ state: 'finished' })
  while ((await of(gone)).connected);
  expect(await of(gone)).toMatchObject({ threads: 0, busy: false })
})

test('V20 a banned device is not on it', async () => {
  const [first] = await wholeBoard(200)
  const act = (what: string) =>
    fetch(`${app.url}/api/v1/devices/${first!.device}/${what}`, {
      ...{ method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } },
      ...(what === 'ban' ? { body: JSON.stringify({ reason: 'a test' }) } : {}),
    })
  expect((await act('ban')).status).toBe(200)
  expect((await wholeBoard(2)).map(({ device }) => device)).not.toContain(first!.device)
  expect((await act('unban')).status).toBe(200)
  expect((await wholeBoard(2))[0]).toEqual({ ...first, state: 'suspect', connected: false, threads: 0 })
})
