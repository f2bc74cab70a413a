import type { Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { Connection } from '../../sdk/connection.ts'
import { connect } from '../../sdk/dsage.ts'
import { PROTOCOL_VERSION } from '../../sdk/protocol.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { type ScriptedServer, scriptedServer } from './scripted-server.ts'

let server: ScriptedServer
const open: Connection[] = []
const connectTo = async (url: string, options: { connectTimeoutMs?: number; answerTimeoutMs?: number } = {}) => {
  const connection = await Connection.open(url, { key: OWNER_KEY.privateKey, ...options })
  open.push(connection)
  return connection
}

afterEach(async () => {
  for (const connection of open.splice(0)) connection.close()
  await server?.close()
})

it('J4 a handshake that is refused is named, and says so to whoever asks later', async () => {
  server = await scriptedServer()
  const refusal = { code: 'client-too-old', message: 'Expected protocol 9, got 1; update dsage.' }
  let handshake: unknown
  server.space.use((socket, next) => {
    handshake = socket.handshake.auth
    next(Object.assign(new Error('refused'), { data: refusal }))
  })
  await expect(connectTo(server.url)).rejects.toMatchObject({ name: 'Refused', ...refusal })
  expect(handshake).toEqual({ protocol: PROTOCOL_VERSION, session: 'session 1' })
})

it('J5 a handshake refused for the moment is tried again', async () => {
  server = await scriptedServer()
  let tries = 0
  server.space.use((_socket, next) =>
    ++tries < 3 ? next(Object.assign(new Error('refused'), { data: { code: 'server-busy', message: 'Later.', retryAfterMs: 1 } })) : next(),
  )
  const connection = await connectTo(server.url)
  await connection.request('status', {})
  expect(tries).toBe(3)
})

it('J4 no server is NotConnected after connectTimeoutMs, for a question under way too', async () => {
  server = await scriptedServer()
  const connection = await connectTo(server.url, { connectTimeoutMs: 300 })
  server.wishes.onMessage = () => 'silence'
  const question = connection.request('status', {})
  const failed = expect(question).rejects.toMatchObject({ name: 'NotConnected', code: 'not-connected' })
  await server.close()
  await failed
  await expect(connection.request('status', {})).rejects.toMatchObject({ name: 'NotConnected' })
  await expect(connectTo(server.url, { connectTimeoutMs: 50 })).rejects.toThrow(`Expected a DSage server at ${server.url}`)
})

it('J4 a question of the moment in which the connection is closed is refused then, not when the time for its answer is over', async () => {
  server = await scriptedServer()
  const connection = await connectTo(server.url, { answerTimeoutMs: 600_000 })
  const question = connection.request('status', {})
  connection.close()
  await expect(question).rejects.toMatchObject({ name: 'NotConnected' })
})

it('J5 a question whose answer is lost with the connection is asked again and answered once', async () => {
  server = await scriptedServer()
  const connection = await connectTo(server.url)
  let losses = 0
  server.wishes.onMessage = (event) => (event === 'status' && losses++ < 2 ? 'disconnect' : undefined)
  expect(await connection.request('status', {})).toEqual({ jobs: 0 })
  expect(losses).toBe(3)
})

it('J5 a question that is met with silence is asked again on the same connection', async () => {
  server = await scriptedServer()
  const connection = await connectTo(server.url, { answerTimeoutMs: 20 })
  let silences = 0
  server.wishes.onMessage = () => (silences++ < 2 ? 'silence' : undefined)
  expect(await connection.request('status', {})).toEqual({ jobs: 0 })
})

it('J5 a server that disconnects its clients gets them back', async () => {
  server = await scriptedServer()
  const connection = await connectTo(server.url)
  server.space.disconnectSockets()
  expect(await connection.request('status', {})).toEqual({ jobs: 0 })
})

it('J4 a passing refusal is waited for until the deadline, any other is thrown', async () => {
  server = await scriptedServer()
  const connection = await connectTo(server.url)
  let refusals = 0
  const busy = { error: { code: 'server-busy', message: 'Later.', retryAfterMs: 1 } } as const
  server.wishes.onMessage = () => (refusals++ < 5 ? busy : undefined)
  expect(await connection.request('status', {})).toEqual({ jobs: 0 })
  server.wishes.onMessage = () => busy
  await expect(connection.request('status', {}, { deadlineMs: 40 })).rejects.toMatchObject({ code: 'timed-out' })
  server.wishes.onMessage = () => ({ error: { code: 'job-closed', message: 'It is \u001b[31mover.' } })
  await expect(connection.request('status', {})).rejects.toMatchObject({
    name: 'Refused',
    code: 'job-closed',
    message: 'It is \\u{1b}[31mover.',
  })
})

it('J5 a job whose server is lost at every message is submitted once, adds each unit once and delivers each result once', async () => {
  server = await scriptedServer((unit, job) => setImmediate(() => server.decide(job, 'sealed', unit.key, [{ value: Number(unit.key) }])))
  const d = await connect(server.url, { key: OWNER_KEY.privateKey })
  open.push(d.connection)
  let turn = 0
  server.wishes.onMessage = (event, message) => {
    if (turn++ % 2 === 1) return undefined
    // The worst moment: the server has done it, and the answer never arrives.
    server.answer(event, message)
    return 'disconnect'
  }
  const job = d.map({ bundle: 'export const work = (n) => n' }, [0, 1, 2, 3, 4, 5], { batch: 1 })
  const delivered: number[] = []
  for await (const { index } of job) delivered.push(index)
  expect(delivered.sort()).toEqual([0, 1, 2, 3, 4, 5])
  expect(server.jobs.size).toBe(1)
  expect(server.jobs.get(job.id)!.units.size).toBe(6)
  expect(await job.wait()).toEqual([0, 1, 2, 3, 4, 5])
})

it('J5 a job goes on over a server that was away', async () => {
  server = await scriptedServer()
  const d = await connect(server.url, { key: OWNER_KEY.privateKey })
  open.push(d.connection)
  const job = d.map({ bundle: 'export const work = (n) => n' }, [7], { batch: 1 })
  const values = job.wait()
  while (!server.jobs.has(job.id)) await new Promise(setImmediate)
  const before = server
  await before.close()
  server = await scriptedServer(undefined, Number(new URL(before.url).port))
  for (const [id, state] of before.jobs) server.jobs.set(id, state)
  server.decide(job.id, 'sealed', '0', [{ value: 49 }])
  expect(await values).toEqual([49])
})

it('J4 a url or key that cannot be one is named before anything is sent', async () => {
  await expect(connect('nowhere', { key: 'x' })).rejects.toMatchObject({ code: 'bad-argument' })
  await expect(connect('http://127.0.0.1:1', {} as { key: string })).rejects.toMatchObject({ code: 'bad-argument' })
})

it('J4 a port where something else listens is NotConnected, with the reason', async () => {
  const { createServer } = await import('node:net')
  const other = createServer((socket: Socket) => socket.end('220 mail\r\n').on('error', () => {}))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  await expect(connectTo(`http://127.0.0.1:${port}`, { connectTimeoutMs: 200 })).rejects.toMatchObject({ name: 'NotConnected' })
  other.close()
})

it.each(['in the handshake', 'later'])('A3 a session that the server has ended %s is followed by another', async (when) => {
  server = await scriptedServer()
  const sessions: string[] = []
  const ending = { code: 'session-ended', message: 'Expected a session that lasts.' }
  server.space.use((socket, next) => {
    sessions.push(socket.handshake.auth.session)
    next(when === 'later' || sessions.length > 1 ? undefined : Object.assign(new Error('ended'), { data: ending }))
  })
  if (when === 'later')
    server.space.once('connection', (socket) => {
      socket.emit('refused', ending)
      socket.disconnect()
    })
  const connection = await connectTo(server.url, { connectTimeoutMs: 3000 })
  await expect.poll(() => sessions).toEqual(['session 1', 'session 2'])
  await expect(connection.request('status', {})).resolves.toBeDefined()
})
