import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { UnitOutcome } from '../../web-worker-client/engine/sandbox-thread.ts'
import { headlessThreads } from '../../web-worker-client/headless/spawn-thread.ts'
import type { HeadlessThread } from '../../web-worker-client/headless/thread.ts'
import { descendantsOf } from '../support/descendants.ts'
import { erroredOf, outputsOf, sandboxesOf, unitOf, valuesOf } from './sandbox-support.ts'

const FILES = new URL('./hostile/', import.meta.url)
const TIMEOUT_SECONDS = 1
/** What must not happen a second after the deadline. */
const MOST_SECONDS = TIMEOUT_SECONDS + 1

let sink: Server
let datagrams: Socket
let thread: HeadlessThread
/** Everything that reached a port of ours. */
const seen: string[] = []

beforeAll(async () => {
  sink = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    response.end()
  })
  sink.on('connection', () => seen.push('connection'))
  sink.listen(0, '127.0.0.1')
  datagrams = createSocket('udp4')
  datagrams.on('message', () => seen.push('datagram'))
  datagrams.bind(0, '127.0.0.1')
  await Promise.all([once(sink, 'listening'), once(datagrams, 'listening')])
  thread = headlessThreads()()
  await thread.run(unitOf('export const work = () => 0', [0]))
})
afterAll(async () => {
  await thread.close()
  sink.close()
  datagrams.close()
})

/** The file as a bundle: the contract there is `run(unit, ctx)`. */
function hostileCode(file: string): string {
  const at = `127.0.0.1:${(sink.address() as AddressInfo).port}`
  const text = readFileSync(new URL(file, FILES), 'utf8')
  const placed = text.replaceAll('__SINK__', at).replaceAll('__PORTAL__', at).replaceAll('__UDP__', `127.0.0.1:${datagrams.address().port}`)
  return `${placed}\nexport { run as work };\n`
}

async function runHostile(file: string, input: unknown, memoryMegabytes = 64): Promise<UnitOutcome> {
  return thread.run(unitOf(hostileCode(file), [input], { timeoutSeconds: TIMEOUT_SECONDS, memoryMegabytes }))
}

/** The only judges: what the sink saw, which processes live, and whether the thread still computes. */
async function expectContained(outcome: UnitOutcome): Promise<void> {
  expect(outcome.seconds).toBeLessThan(MOST_SECONDS)
  expect(valuesOf(await thread.run(unitOf('export const work = (x) => x + 1', [41])))).toEqual([42])
  expect(seen).toEqual([])
  const sandboxes = sandboxesOf(process.pid)
  expect(sandboxes).toHaveLength(1)
  expect(descendantsOf(sandboxes[0]!)).toEqual([])
}

test('X5 the sink notices a request', async () => {
  await fetch(`http://127.0.0.1:${(sink.address() as AddressInfo).port}/proof`)
  expect(seen.splice(0)).toEqual(['connection', 'GET /proof'])
})

const escapes = readdirSync(FILES).filter((file) => /^(01|02|03|07|08|09|11|12|14|20|30|32)-/.test(file))
test.each(escapes)('X5 %s reaches nothing', async (file) => {
  const outcome = await runHostile(file, { n: 1 })
  outputsOf(outcome)
  await expectContained(outcome)
})

test.each(['16-hang-sync.js', '18-hang-microtask.js'])('X2 %s is stopped at its deadline', async (file) => {
  const outcome = await runHostile(file, 0)
  expect(erroredOf(outcome)).toBe('deadline')
  await expectContained(outcome)
})

test('X3 22-memory-arraybuffer.js gets no block beyond its limit', async () => {
  const outcome = await runHostile('22-memory-arraybuffer.js', 0)
  expect(valuesOf(outcome)).toEqual([{ tries: { ab: 'stopped after 0 MiB: Array buffer allocation failed' } }])
  await expectContained(outcome)
})

test.each([
  ['fn', 'unserialisable'],
  ['deep', 'unserialisable'],
  ['getter', 'unserialisable'],
  ['big', 'output-too-large'],
])('X4 28-huge-result.js of kind %s is %s', async (kind, errored) => {
  const outcome = await runHostile('28-huge-result.js', { kind }, 1024)
  expect(erroredOf(outcome)).toBe(errored)
  await expectContained(outcome)
})

test('X5 every hostile file is run by one of the tests above', () => {
  const others = ['16-hang-sync.js', '18-hang-microtask.js', '22-memory-arraybuffer.js', '28-huge-result.js']
  expect([...escapes, ...others].sort()).toEqual(readdirSync(FILES).sort())
})
