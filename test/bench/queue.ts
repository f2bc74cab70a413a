import { randomBytes } from 'node:crypto'
import SqliteConnection from 'better-sqlite3'
import { io, type Socket } from 'socket.io-client'
import * as parser from '../../sdk/packet-parser.ts'
import { type Answer, PROTOCOL_VERSION, type ReturnAnswer, type Welcome } from '../../sdk/protocol.ts'
import { Backlog } from './backlog.ts'
import { median, percentile, type Report, type Row } from './report.ts'
import { ServerProcess } from './server-process.ts'
import { sleep } from './sleep.ts'
import { VolunteersProcess } from './volunteers-process.ts'

const DEVICES = 10
const BATCH = 50
const SECONDS = 20
const SHORT = 1_000
const LONG = 1_000_000
const LEASE_CALLS = 200

interface Held {
  readonly server: ServerProcess
  readonly backlog: Backlog
  readonly length: number
  /** Server memory before any unit came, bytes. */
  readonly emptyBytes: number
  readonly cpuPerUnit: number[]
}

async function open(length: number): Promise<Held> {
  const server = await ServerProcess.start()
  const backlog = await Backlog.open(server.url, server.key)
  await backlog.submit({ quorum: 1 })
  const emptyBytes = server.memory()
  await backlog.fillTo(length)
  return { server, backlog, length, emptyBytes, cpuPerUnit: [] }
}

/** Server CPU per unit, microseconds, while the queue is held at its length. */
async function phase({ server, backlog, length, cpuPerUnit }: Held): Promise<void> {
  const letGo = backlog.hold(length)
  const volunteers = new VolunteersProcess({ url: server.url, devices: DEVICES, batch: BATCH })
  await sleep(3)
  const before = await backlog.snapshot()
  const cpu = server.cpuSeconds()
  await sleep(SECONDS)
  const used = server.cpuSeconds() - cpu
  const after = await backlog.snapshot()
  cpuPerUnit.push((1e6 * used) / (after.units.accepted - before.units.accepted))
  await volunteers.stop()
  await letGo()
}

async function aba(): Promise<Row[]> {
  const short = await open(SHORT)
  const long = await open(LONG)
  for (const held of [short, long, short, long]) await phase(held)
  const memory = [short, long].map(({ server }) => server.memory() / 2 ** 20)
  const grown = (memory[1] ?? 0) - long.emptyBytes / 2 ** 20
  for (const { server, backlog } of [short, long]) {
    backlog.close()
    await server.remove()
  }
  const [a, b] = [median(short.cpuPerUnit), median(long.cpuPerUnit)]
  return [
    { name: 'server CPU per unit, queue 10^3', value: a, unit: 'µs' },
    { name: 'server CPU per unit, queue 10^6', value: b, unit: 'µs' },
    { name: 'ratio 10^6 / 10^3', value: b / a, unit: '×' },
    { name: 'server memory, queue 10^3', value: memory[0] ?? 0, unit: 'MiB' },
    { name: 'server memory, queue 10^6', value: memory[1] ?? 0, unit: 'MiB' },
    { name: 'server memory, 10^6 more than 10^3', value: (memory[1] ?? 0) - (memory[0] ?? 0), unit: 'MiB' },
    { name: 'server memory, queue 10^6, grown since it was empty', value: grown, unit: 'MiB' },
  ]
}

/** Every unit of a queue is made to wait for an opinion of somebody else than the one device that asks. */
function makeHalfDone(server: ServerProcess, device: string, length: number): void {
  const database = new SqliteConnection(server.databaseFile)
  const id = database.prepare('SELECT id FROM Device WHERE uid = ?').pluck().get(device) as number
  database.function('lease_id', { deterministic: false }, () => randomBytes(16))
  database.transaction(() => {
    database.exec('UPDATE WorkUnit SET live = 1, copies = 1')
    database.exec(`UPDATE Job SET unitsHalf = ${length}, leases = ${length}`)
    database
      .prepare(
        `INSERT INTO Lease (id, unitId, jobId, holder, deviceId, state, attempt, issuedAt, deadline, endedAt, output, errors)
         SELECT lease_id(), id, jobId, 'd:' || ?, ?, 'pending', 1, 0, 0, 0, x'00', 0 FROM WorkUnit`,
      )
      .run(String(id), BigInt(id))
  })()
  database.close()
}

interface Asker {
  readonly length: number
  readonly taken: number[]
  /** Asks once for units, in vain. */
  readonly ask: () => Promise<void>
  readonly close: () => Promise<void>
}

async function halfDone(length: number): Promise<Asker> {
  const first = await ServerProcess.start()
  const backlog = await Backlog.open(first.url, first.key)
  await backlog.submit({ quorum: 2 })
  await backlog.fillTo(length)
  const welcome = await hello(first.url)
  await passPilot(backlog, () => request(welcome.socket))
  backlog.close()
  welcome.socket.disconnect()
  await first.stop()
  makeHalfDone(first, welcome.device.id, length)
  const server = await first.again()
  const { socket } = await hello(server.url, welcome.device)
  const taken: number[] = []
  const ask = async (): Promise<void> => {
    const started = performance.now()
    const answer = await request(socket)
    taken.push(performance.now() - started)
    if (answer.ok?.next?.reason !== 'waiting-for-other-volunteers')
      throw new Error(`Expected to wait for others, got ${JSON.stringify(answer)}`)
  }
  const close = async (): Promise<void> => {
    socket.disconnect()
    await server.remove()
  }
  return { length, taken, ask, close }
}

const request = async (socket: Socket): Promise<Answer<ReturnAnswer>> =>
  socket.emitWithAck('return', { results: [], next: { threads: 1, seconds: 5, held: 0, most: BATCH } })

/** A stranger's first question starts the job's pilot; nobody gets units before it is over. */
async function passPilot(backlog: Backlog, ask: () => Promise<Answer<ReturnAnswer>>): Promise<void> {
  const answer = await ask()
  if (answer.ok?.next?.reason !== 'pilot-running') throw new Error(`Expected the pilot to begin, got ${JSON.stringify(answer)}`)
  for (let pilot: string | undefined = 'running'; pilot === 'running'; pilot = (await backlog.snapshot()).pilot) await sleep(50)
}

/** The short queue shows what a call costs here at any length, and how far the machine disturbs one. */
async function leaseCalls(): Promise<Row[]> {
  const askers = [await halfDone(SHORT), await halfDone(LONG)]
  for (let i = 0; i <= LEASE_CALLS; i++) for (const { ask } of askers) await ask()
  for (const { close } of askers) await close()
  return askers.flatMap(({ length, taken: [first = 0, ...taken] }) => {
    const name = `lease call, 10^${Math.log10(length)} units half-done by the asker`
    const value = { p50: median(taken), p95: percentile(taken, 0.95), max: percentile(taken, 1), 'the first of the process': first }
    return Object.entries(value).map(([what, value]) => ({ name: `${name}, ${what}`, value, unit: 'ms' }))
  })
}

async function hello(url: string, device?: Welcome['device']) {
  const socket = io(`${url}/volunteer`, { parser, transports: ['websocket'], forceNew: true })
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  const message = { protocol: PROTOCOL_VERSION, kind: 'headless', engine: 'none', threads: 1, held: [], ...(device ? { device } : {}) }
  const answer = (await socket.emitWithAck('hello', message)) as Answer<Welcome>
  if (!answer.ok) throw new Error(answer.error.message)
  return { socket, device: answer.ok.device }
}

/** Is the cost of a unit the same however long the queue is? */
export async function queue(): Promise<Report> {
  const rows = [...(await aba()), ...(await leaseCalls())]
  return { bench: 'queue', settings: { devices: DEVICES, batch: BATCH, seconds: SECONDS, order: 'ABAB', leaseCalls: LEASE_CALLS }, rows }
}
