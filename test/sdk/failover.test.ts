import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Connection } from '../../sdk/connection.ts'
import { connect } from '../../sdk/dsage.ts'
import { worker } from '../../sdk/local/worker.ts'
import { ServerProcess } from '../simulation/server-process.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { freshPostgresql } from '../support/postgresql.ts'
import { type ScriptedServer, scriptedServer } from './scripted-server.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})
const scripted = async (): Promise<ScriptedServer> => {
  const server = await scriptedServer()
  ends.push(() => server.close())
  return server
}
const open = async (urls: readonly string[], connectTimeoutMs = 60_000) => {
  const connection = await Connection.open(urls, { key: OWNER_KEY.privateKey, connectTimeoutMs })
  ends.push(() => connection.close())
  return connection
}
const DEAD = ['http://127.0.0.1:1', 'http://127.0.0.1:2'] as const

test('J29 the first server of a list that answers is used, and whenever it fails the next', async () => {
  const [one, two] = [await scripted(), await scripted()]
  const connection = await open([DEAD[0], one.url, two.url])
  expect([await connection.request('status', {}), connection.url]).toEqual([{ jobs: 0 }, one.url])
  one.wishes.onMessage = (event) => (event === 'status' ? 'disconnect' : undefined)
  expect([await connection.request('status', {}), connection.url]).toEqual([{ jobs: 0 }, two.url])
  one.wishes.onMessage = () => undefined
  await two.close()
  expect([await connection.request('status', {}), connection.url]).toEqual([{ jobs: 0 }, one.url])
})

test('J29 NotConnected names all servers of the list with what became of each', async () => {
  const answer = open(DEAD, 300)
  await expect(answer).rejects.toMatchObject({ name: 'NotConnected' })
  await expect(answer).rejects.toThrow(
    /at http:\/\/127\.0\.0\.1:1 \(.+\) or http:\/\/127\.0\.0\.1:2 \(.+\), none answered for 0\.3 s; see that one of them runs/,
  )
})

test('J29 a server that refuses for good is passed over, and when all do the refusal is the answer', async () => {
  const [one, two] = [await scripted(), await scripted()]
  const refuse = (server: ScriptedServer, code: string) =>
    server.space.use((_socket, next) => next(Object.assign(new Error('refused'), { data: { code, message: `It is ${code}.` } })))
  refuse(one, 'client-too-new')
  expect((await open([one.url, two.url])).url).toBe(two.url)
  refuse(two, 'unauthorised')
  await expect(open([one.url, two.url])).rejects.toMatchObject({ name: 'Refused', code: 'unauthorised' })
})

test('J29 a list that is empty or names no server is refused before anything is sent', async () => {
  await expect(connect([], { key: OWNER_KEY.privateKey })).rejects.toMatchObject({ code: 'bad-argument' })
  await expect(connect([DEAD[0], 'nowhere'], { key: OWNER_KEY.privateKey })).rejects.toThrow('"nowhere"')
})

test('J29 a job whose server is killed goes on with the other server of its database, each result once', async () => {
  const home = mkdtempSync(join(tmpdir(), 'dsage-failover-'))
  ends.push(() => rmSync(home, { recursive: true, force: true }))
  const database = await freshPostgresql()
  const [one, two] = await Promise.all([ServerProcess.start(home, database), ServerProcess.start(home, database)])
  ends.push(() => Promise.all([one.stop(), two.stop()]))
  const key = readFileSync(join(home, 'dsage_key'), 'utf8')
  const device = await worker({ url: two.url, home, key })
  ends.push(() => device.stop())
  const d = await connect([one.url, two.url], { key })
  ends.push(() => d.close())
  async function* inputs() {
    for (let n = 0; n < 60; n++) {
      if (n === 20) one.kill()
      yield n
    }
  }
  const seen: number[] = []
  const job = d.map({ bundle: 'export const work = (n) => n * n' }, inputs(), { batch: 1 })
  for await (const { index, value } of job) {
    expect(value).toBe(index ** 2)
    seen.push(index)
  }
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n))
  expect(d.webServerUrl()).toBe(`${two.url}/`)
}, 60_000)
