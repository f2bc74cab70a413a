/**
 * Devices of the storm, in a process of their own: each connects, says hello, asks for work without parking, and does so again after
 * every reconnection. One JSON line in `{ url, devices }`; afterwards each line asks for a report.
 */
import { createInterface } from 'node:readline'
import { io } from 'socket.io-client'
import * as parser from '../../sdk/packet-parser.ts'
import { type Answer, PROTOCOL_VERSION, type Welcome } from '../../sdk/protocol.ts'

export interface StormReport {
  /** Devices whose newest hello was answered. */
  readonly welcome: number
  readonly longestCallMs: number
}
let welcome = 0
let longestCallMs = 0

async function timed<Value>(call: Promise<Answer<Value>>): Promise<Value | undefined> {
  const started = performance.now()
  const answer = await call.catch(() => undefined)
  if (answer) longestCallMs = Math.max(longestCallMs, performance.now() - started)
  return answer?.ok
}

function device(url: string): void {
  let identity: Welcome['device'] | undefined
  let isWelcome = false
  const socket = io(`${url}/volunteer`, {
    parser,
    transports: ['websocket'],
    forceNew: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
  })
  socket.on('disconnect', () => {
    if (isWelcome) welcome -= 1
    isWelcome = false
  })
  socket.on('connect', async () => {
    const message = {
      protocol: PROTOCOL_VERSION,
      kind: 'browser',
      engine: 'none',
      threads: 1,
      held: [],
      ...(identity ? { device: identity } : {}),
    }
    const answer = await timed<Welcome>(socket.emitWithAck('hello', message))
    if (!answer) return
    identity = answer.device
    await timed(socket.emitWithAck('return', { results: [], next: { threads: 1, seconds: 5, held: 0 } }))
    if (!socket.connected || isWelcome) return
    isWelcome = true
    welcome += 1
  })
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line) as { url?: string; devices?: number; reset?: true }
  if (message.url) for (let i = 0; i < (message.devices ?? 0); i++) setTimeout(device, i, message.url)
  if (message.reset) longestCallMs = 0
  process.stdout.write(`${JSON.stringify({ welcome, longestCallMs } satisfies StormReport)}\n`)
})
process.stdin.on('end', () => process.exit(0))
