import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { clusterOf } from '../../sdk/cluster.ts'
import type { Connection } from '../../sdk/connection.ts'
import { connect, type DSage } from '../../sdk/dsage.ts'
import { makeKeyTexts } from '../../sdk/key-files/key-text.ts'
import { lastLines, localMachine } from '../../sdk/local/local-machine.ts'
import { asks, TestApp, type Volunteer } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'

let app: TestApp
let d: DSage
let home: string
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'dsage-view-'))
  app = await TestApp.start()
  d = await connect(app.url, { key: OWNER_KEY.privateKey, machine: localMachine(home) })
})
afterEach(async () => {
  await d.close()
  await app.close()
  rmSync(home, { recursive: true, force: true })
})

test('J27 connected devices are listed newest first in pages, with their names escaped, and told busy from free', async () => {
  const devices: Volunteer[] = []
  for (let i = 0; i < 5; i++) devices.push(await app.volunteer({ threads: i + 1, name: `\u001b[31m${i}` }))
  const gone = await app.volunteer()
  gone.close()
  await expect.poll(async () => (await d.getWorkersList()).length).toBe(5)
  const all = await d.getWorkersList()
  expect(all.map(({ device }) => device)).toEqual(devices.map(({ welcome }) => welcome.device.id).reverse())
  expect(all.map(({ name, threads, connected }) => [name, threads, connected])[0]).toEqual(['\\u{1b}[31m4', 5, true])
  expect(await d.getWorkersList({ limit: 2 })).toEqual(all.slice(0, 2))
  const page = (await app.get(`/api/v1/workers?limit=2`)).body as { rows: unknown[]; next: string }
  const rest = (await app.get(`/api/v1/workers?limit=200&after=${page.next}`)).body as { rows: { device: string }[]; next?: string }
  expect([page.rows.length, rest.rows.map(({ device }) => device), rest.next]).toEqual([
    2,
    all.slice(2).map(({ device }) => device),
    undefined,
  ])
  await app.submit(await app.researcher(), 1, { redundancy: 'none' })
  expect((await devices[1]!.ask('lease', asks)).leases).toHaveLength(1)
  await expect.poll(() => d.getWorkerCount()).toEqual({ busy: 1, free: 4 })
  expect((await d.getWorkersList()).filter(({ busy }) => busy).map(({ device }) => device)).toEqual([devices[1]!.welcome.device.id])
  await expect(d.getWorkersList({ limit: 0 })).rejects.toThrow('`limit`')
})

test('J27 researchers are listed newest first with the jobs they watch, to the operator', async () => {
  const before = Date.now()
  const researcher = await app.researcher()
  await app.submit(researcher, 1)
  await app.submit(researcher, 1)
  const [newest, own, ...others] = await d.getClientList()
  expect([newest, own?.jobs, others]).toEqual([{ account: 'owner', connectedAt: expect.any(Number), jobs: 2 }, 0, []])
  expect(newest!.connectedAt).toBeGreaterThanOrEqual(before)
  expect(await d.getClientList({ limit: 1 })).toEqual([newest])
  researcher.close()
  await expect.poll(async () => (await d.getClientList()).length).toBe(1)
  expect((await app.get('/api/v1/clients')).status).toBe(401)
  await expect(d.getClientList({ limit: 1001 })).rejects.toThrow('from 1 to 1000, got 1001')
})

test('J27 an account that is not the operator’s is shown its own connections alone, by socket and by REST', async () => {
  const anna = await makeKeyTexts('anna@test')
  writeFileSync(app.authorizedKeys, `${anna.publicKey}\n`, { mode: 0o600 })
  const other = await connect(app.url, { key: anna.privateKey })
  expect((await other.getClientList()).map(({ account }) => account)).toEqual(['anna'])
  const rest = await app.get('/api/v1/clients', { authorization: `Bearer ${await app.session(anna.privateKey)}` })
  expect(rest.body).toMatchObject({ clients: [{ account: 'anna' }] })
  expect((await d.getClientList()).map(({ account }) => account)).toEqual(['anna', 'owner'])
  await other.close()
})

test('J28 the last lines of a log of this machine are read from its end, escaped, and no more than were asked for', async () => {
  const file = join(home, 'server.log')
  const lines = Array.from({ length: 20_000 }, (_, n) => `${n} ${'é'.repeat(n % 97)}`)
  writeFileSync(file, `${lines.join('\n')}\n\u001b[2J\n`)
  expect(await d.serverLog(3)).toEqual([...lines.slice(-2), '\\u{1b}[2J'])
  expect((await d.serverLog()).length).toBe(50)
  expect(await d.serverLog(10_000)).toEqual([...lines.slice(-9_999), '\\u{1b}[2J'])
  writeFileSync(file, 'one\ntwo')
  expect(await d.serverLog(10_000)).toEqual(['one', 'two'])
  writeFileSync(file, `${'x'.repeat(5 * 1024 * 1024)}\nlast\n`)
  expect(await lastLines(file, 10)).toEqual(['last'])
  await expect(d.workerLog()).rejects.toThrow(`worker.log, but the system says ENOENT`)
  await expect(d.serverLog(10_001)).rejects.toThrow('from 1 to 10000')
})

test('J28 a server elsewhere is not looked at in the files of this machine, and where there is no desktop the address is printed', async () => {
  const elsewhere = clusterOf({ url: 'https://dsage.example:8081' } as Connection, localMachine(home))
  await expect(elsewhere.serverLog(7)).rejects.toThrow('tail -n 7 ~/.dsage/server.log')
  expect(elsewhere.webServerUrl()).toBe('https://dsage.example:8081/')
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {})
  const view = clusterOf({ url: app.url } as Connection, { ...localMachine(home), showPage: async () => false })
  expect([await view.webView(), printed.mock.calls]).toEqual([`${app.url}/`, [[expect.stringContaining(`Open ${app.url}/`)]]])
  printed.mockRestore()
  const page = await connect(app.url, { key: OWNER_KEY.privateKey })
  await expect(page.webView()).rejects.toThrow('Node')
  await page.close()
})
