import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { logIn } from '../../sdk/identity/key-login.ts'
import { privateKeyOf, signingKeyOf } from '../../sdk/identity/private-key.ts'
import { signText } from '../../sdk/identity/ssh-signature.ts'
import { makeKeyTexts } from '../../sdk/key-files/key-text.ts'
import {
  type Challenge,
  type JobRunning,
  LOGIN_NAMESPACE,
  loginText,
  PROTOCOL_VERSION,
  type ResearcherMessages,
  type Revocation,
  type VolunteerMessages,
} from '../../sdk/protocol.ts'
import { ServerProcess } from '../simulation/server-process.ts'
import { asks, Client, connectSocket, helloOf, result, units } from '../support/app.ts'
import { freshPostgresql } from '../support/postgresql.ts'
import { CODE, jobSpec } from '../support/store-kit.ts'

let home: string
let servers: ServerProcess[]
const sockets: Socket[] = []
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'dsage-two-'))
  const url = await freshPostgresql()
  const log = () => ({ DSAGE_LOG: 'debug' })
  servers = await Promise.all([ServerProcess.start(home, url, log), ServerProcess.start(home, url, log)])
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect()
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
  rmSync(home, { recursive: true, force: true })
})

async function connect(server: number, namespace: string, auth: object = {}): Promise<Socket> {
  const socket = await connectSocket(`${servers[server]?.url}${namespace}`, auth)
  sockets.push(socket)
  return socket
}

/** The first: whoever was here before would be one of the crowd. */
test('Q10 V46 devices of two servers are one crowd, and a copy of one that comes to the other server is a new device', async () => {
  const { session } = await logIn(servers[0]!.url, readFileSync(join(home, 'dsage_key'), 'utf8'))
  const researcher = new Client<ResearcherMessages>(await connect(0, '/researcher', { protocol: PROTOCOL_VERSION, session }))
  for (const server of [0, 0, 1]) await new Client<VolunteerMessages>(await connect(server, '/volunteer')).ask('hello', helloOf())
  const spec = jobSpec({ redundancy: { targetError: 1e-2 } })
  await researcher.ask('submit', { spec, code: CODE, units: units(1), inputsComplete: true })
  const waiting = async () => (await researcher.ask('watch', { job: spec.job })).waiting
  await expect.poll(waiting, { timeout: 10_000 }).toEqual({ reason: 'needs-more-devices', needed: 4, present: 3 })
  await new Client<VolunteerMessages>(await connect(1, '/volunteer')).ask('hello', helloOf())
  await expect.poll(waiting, { timeout: 10_000 }).toBeUndefined()
  await researcher.ask('control', { job: spec.job, action: 'cancel' })
  const original = new Client<VolunteerMessages>(await connect(0, '/volunteer'))
  original.socket.on('alive', (answer: () => void) => answer())
  const { device } = await original.ask('hello', helloOf())
  const copy = await new Client<VolunteerMessages>(await connect(1, '/volunteer')).ask('hello', helloOf({ device }))
  expect(copy).toMatchObject({ copyOf: device.id, device: { id: expect.not.stringMatching(device.id) } })
  expect([original.socket.connected, original.refused]).toEqual([true, []])
  original.close()
  const moved = await new Client<VolunteerMessages>(await connect(1, '/volunteer')).ask('hello', helloOf({ device }))
  expect(moved).toEqual({ device, own: false, held: [] })
})

test('V7 work taken in by one server is leased at once by another, and revoked there when the job is cancelled', async () => {
  const { session } = await logIn(servers[0]!.url, readFileSync(join(home, 'dsage_key'), 'utf8'))
  const researcher = new Client<ResearcherMessages>(await connect(0, '/researcher', { protocol: PROTOCOL_VERSION, session }))
  const volunteer = new Client<VolunteerMessages>(await connect(1, '/volunteer'))
  await volunteer.ask('hello', helloOf())
  const revoked = new Promise<Revocation>((resolve) => volunteer.socket.once('revoke', resolve))
  const asking = volunteer.ask('lease', asks)
  const spec = jobSpec({ redundancy: { quorum: 2 } })
  await researcher.ask('submit', { spec, code: CODE, units: units(3), inputsComplete: true })
  const { leases } = await asking
  expect(leases.length).toBeGreaterThan(0)
  await researcher.ask('control', { job: spec.job, action: 'cancel' })
  expect((await revoked).leases.toSorted()).toEqual(leases.map(({ lease }) => lease).toSorted())
})

test('V35 how far a unit is that is computed at one server is told to its owner at the other, until it is over', async () => {
  const { session } = await logIn(servers[0]!.url, readFileSync(join(home, 'dsage_key'), 'utf8'))
  const researcher = new Client<ResearcherMessages>(await connect(0, '/researcher', { protocol: PROTOCOL_VERSION, session }))
  const volunteer = new Client<VolunteerMessages>(await connect(1, '/volunteer'))
  await volunteer.ask('hello', helloOf())
  const asking = volunteer.ask('lease', asks)
  const spec = jobSpec({ redundancy: 'none' })
  await researcher.ask('submit', { spec, code: CODE, units: units(1), inputsComplete: true })
  const [unit] = (await asking).leases
  const told = new Promise<JobRunning>((resolve) => researcher.socket.once('progress', resolve))
  await volunteer.ask('progress', { units: [{ lease: unit!.lease, fraction: 0.5, seconds: 3 }] })
  const running = [{ key: '0', inputs: 1, fraction: 0.5, seconds: 3 }]
  expect(await told).toEqual({ job: spec.job, running })
  expect((await researcher.ask('watch', { job: spec.job })).running).toEqual(running)
  const over = new Promise<JobRunning>((resolve) => researcher.socket.once('progress', resolve))
  await volunteer.ask('return', { results: [result(unit!)] })
  expect((await over).running).toEqual([])
})

test('A8 a session of one server is known to the other, a challenge is not, and a key that is taken away is unknown to both', async () => {
  const { privateKey, publicKey } = await makeKeyTexts('guest@test')
  writeFileSync(join(home, 'authorized_keys'), publicKey, { mode: 0o600 })
  const [here, there] = servers.map(({ url }) => url) as [string, string]
  const { session } = await logIn(here, privateKey)
  const auth = { protocol: PROTOCOL_VERSION, session }
  const clients = [new Client(await connect(0, '/researcher', auth)), new Client(await connect(1, '/researcher', auth))]
  const asked = { method: 'POST', body: JSON.stringify({ publicKey: publicKey.trim() }) }
  const challenge = (await (await fetch(`${here}/api/v1/login/challenge`, asked)).json()) as Challenge
  const key = privateKeyOf(privateKey)
  const text = loginText(new URL(there).host, challenge)
  const signature = await signText(text, LOGIN_NAMESPACE, await signingKeyOf(key), key.publicBlob)
  const body = JSON.stringify({ publicKey: publicKey.trim(), nonce: challenge.nonce, signature })
  const answer = await fetch(`${there}/api/v1/login`, { method: 'POST', body })
  expect(await answer.json()).toMatchObject({ error: { code: 'login-expired' } })
  const ended = clients.map((client) => client.ended())
  writeFileSync(join(home, 'authorized_keys'), '')
  await Promise.all(ended)
  for (const server of [0, 1]) await expect(connect(server, '/researcher', auth)).rejects.toMatchObject({ data: { code: 'session-ended' } })
  const logged = readFileSync(join(home, 'server.log'), 'utf8')
  expect(logged.length).toBeGreaterThan(0)
  for (const secret of [session, challenge.nonce, readFileSync(join(home, 'token'), 'utf8').trim()]) expect(logged).not.toContain(secret)
})

test('V18 a device that is banned at one server is told and disconnected at the other, and refused by both', async () => {
  const token = readFileSync(join(home, 'token'), 'utf8').trim()
  const volunteer = new Client<VolunteerMessages>(await connect(1, '/volunteer'))
  const { device } = await volunteer.ask('hello', helloOf())
  const refused = new Promise((resolve) => volunteer.socket.once('refused', resolve))
  const ended = volunteer.ended()
  const answer = await fetch(`${servers[0]?.url}/api/v1/devices/${device.id}/ban`, {
    ...{ method: 'POST', headers: { authorization: `Bearer ${token}` }, body: JSON.stringify({ reason: 'a test' }) },
  })
  expect(await answer.json()).toMatchObject({ state: 'banned', banReason: 'a test' })
  expect(await refused).toMatchObject({ code: 'device-banned', message: expect.stringContaining('a test') })
  await ended
  for (const server of [0, 1]) {
    const back = new Client<VolunteerMessages>(await connect(server, '/volunteer'))
    expect(await back.say('hello', helloOf({ device }))).toMatchObject({ error: { code: 'device-banned' } })
  }
})
