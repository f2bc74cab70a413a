/**
 * Simulated volunteers, in a process of their own: they speak the protocol over real sockets and answer 8 bytes without computing.
 * Told what to do by one JSON line on standard input; answers JSON lines.
 */
import { createInterface } from 'node:readline'
import { io, type Socket } from 'socket.io-client'
import { encodeOutputs } from '../../sdk/codec.ts'
import * as parser from '../../sdk/packet-parser.ts'
import type { Answer, LeaseAnswer, ReturnAnswer, ReturnedUnit, Welcome } from '../../sdk/protocol.ts'
import { PROTOCOL_VERSION } from '../../sdk/protocol.ts'

export interface VolunteersPlan {
  readonly url: string
  readonly devices: number
  /** Units a request. */
  readonly batch: number
}
/** Units acknowledged so far; how long calls took. */
export interface VolunteersReport {
  readonly acknowledged: number
  readonly longestCallMs: number
}

const output = encodeOutputs([{ value: 1234.5 }])
let acknowledged = 0
let longestCallMs = 0
let stopping = false

async function timed<Value>(call: Promise<Answer<Value>>): Promise<Value> {
  const started = performance.now()
  const answer = await call
  longestCallMs = Math.max(longestCallMs, performance.now() - started)
  if (answer.error) throw new Error(answer.error.message)
  return answer.ok
}

async function volunteer({ url, batch }: VolunteersPlan): Promise<void> {
  const socket: Socket = io(`${url}/volunteer`, { parser, transports: ['websocket'], forceNew: true })
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  const hello = { protocol: PROTOCOL_VERSION, kind: 'headless', engine: 'none', threads: 1, held: [] }
  await timed<Welcome>(socket.emitWithAck('hello', hello))
  const request = { threads: 1, seconds: 5, held: 0, most: batch }
  let leases: LeaseAnswer['leases'] = []
  while (!stopping) {
    if (leases.length === 0) {
      const answer = (await socket.emitWithAck('lease', request)) as Answer<LeaseAnswer>
      leases = answer.ok?.leases ?? []
      continue
    }
    const results = leases.map(({ lease }): ReturnedUnit => ({ lease, output, seconds: 0.0001 }))
    const { outcomes, next } = await timed<ReturnAnswer>(socket.emitWithAck('return', { results, next: request }))
    acknowledged += outcomes.filter((outcome) => outcome === 'recorded').length
    leases = next?.leases ?? []
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line) as { plan?: VolunteersPlan; report?: true; stop?: true }
  if (message.plan) for (let i = 0; i < message.plan.devices; i++) void volunteer(message.plan)
  if (message.stop) stopping = true
  if (message.report || message.stop)
    process.stdout.write(`${JSON.stringify({ acknowledged, longestCallMs } satisfies VolunteersReport)}\n`)
})
process.stdin.on('end', () => process.exit(0))
