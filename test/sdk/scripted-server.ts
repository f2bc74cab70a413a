/** The researcher's side of a server as an append-only log of events: what it answers to units is the test's to decide. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { encodeOutputs, type OutputItem } from '../../sdk/codec.ts'
import * as parser from '../../sdk/packet-parser.ts'
import type { Answer, EventKind, JobEvent, JobSnapshot, JobState, Redundancy, UnitSpec } from '../../sdk/protocol.ts'

type Message = {
  job?: string
  spec?: { job: string; redundancy?: Redundancy }
  units?: UnitSpec[]
  inputsComplete?: boolean
  action?: string
  keys?: string[]
  after?: number
  /** Of what is rejected. */
  event?: number
}
type Wish = { answer?: Answer<unknown> | 'silence' | 'disconnect' }

/** Told of each new unit. */
export type OnUnit = (unit: UnitSpec, job: string) => void

export async function scriptedServer(onUnit: OnUnit = () => {}, port = 0) {
  let logins = 0
  const http = createServer((request, response) => {
    // It lets every key in: what is signed is the business of the real server's tests.
    if (request.url === '/api/v1/login/challenge') response.end(JSON.stringify({ nonce: 'nonce', issuedAt: 0 }))
    else if (request.url === '/api/v1/login')
      response.end(JSON.stringify({ session: `session ${++logins}`, expiresAt: 1, account: 'somebody' }))
    else if (request.url === '/api/v1/status') response.end('{}')
    else response.writeHead(404).end()
  })
  const io = new Server(http, { parser, transports: ['websocket'], maxHttpBufferSize: 9 * 1024 * 1024 })
  const space = io.of('/researcher')
  const jobs = new Map<
    string,
    { state: JobState; units: Map<string, UnitSpec>; events: JobEvent[]; complete: boolean; unitSeconds: number }
  >()
  const asked: { event: string; message: Message }[] = []
  const specs = new Map<string, { readonly redundancy?: Redundancy }>()
  const wishes: { onMessage: (event: string, message: Message) => Wish['answer'] } = { onMessage: () => undefined }
  const last = (job: string) => new Map(jobs.get(job)!.events.map((event) => [event.key, event.kind]))
  const snapshot = (job: string): JobSnapshot => {
    const { state, units, events, complete, unitSeconds } = jobs.get(job)!
    const count = (...kinds: EventKind[]) => [...last(job).values()].filter((kind) => kinds.includes(kind)).length
    const counts = {
      open: units.size - count('accepted', 'sealed', 'failed'),
      accepted: count('accepted'),
      sealed: count('sealed'),
      failed: count('failed'),
    }
    const done = complete && counts.open === 0 && state === 'running'
    const rest = {
      name: '',
      purpose: '',
      kind: 'map' as const,
      priority: 2,
      timeoutSeconds: 600,
      inputs: 0,
      failedInputs: 0,
      ...{ leases: 0, audits: 0, wasted: 0, unitsAlone: 0, redundancy: specs.get(job)?.redundancy ?? { quorum: 2 } },
      ...{ owner: 'somebody', visibility: 'owner' as const },
      createdAt: 0,
      unitSeconds,
    }
    return {
      job,
      ...rest,
      state: done ? 'finished' : state,
      units: { ...counts, cancelled: 0 },
      inputsComplete: complete,
      events: events.length,
    }
  }
  const decide = (job: string, kind: EventKind, key: string, outputs?: OutputItem[], error?: string) => {
    const { events } = jobs.get(job)!
    const output = outputs && { output: encodeOutputs(outputs) }
    events.push({ n: events.length + 1, kind, key, confidence: 1, holders: 2, seconds: 0, ...output, ...(error && { error }) })
    space.emit('hint', { job, events: events.length, state: snapshot(job).state })
  }
  const answer = (event: string, message: Message): unknown => {
    if (event === 'status') return { jobs: jobs.size }
    if (event === 'submit') specs.set(message.spec!.job, message.spec!)
    if (event === 'manifest' && specs.has(message.job!)) return { spec: specs.get(message.job!) }
    const id = message.job ?? message.spec!.job
    if (event === 'submit' && !jobs.has(id))
      jobs.set(id, { state: 'running', units: new Map(), events: [], complete: false, unitSeconds: 0.001 })
    const job = jobs.get(id)!
    const fresh = (message.units ?? []).filter(({ key }) => !job.units.has(key))
    for (const unit of fresh) job.units.set(unit.key, unit)
    job.complete ||= message.inputsComplete === true
    for (const unit of fresh) onUnit(unit, id)
    if (event === 'control') job.state = message.action === 'cancel' ? 'cancelled' : message.action === 'pause' ? 'paused' : 'running'
    if (event === 'inputs') return { units: message.keys!.flatMap((key) => job.units.get(key) ?? []) }
    if (event === 'drop') return { dropped: message.keys!.filter((key) => job.units.delete(key)).length }
    if (event === 'add') return { added: fresh.length, existing: message.units!.length - fresh.length }
    const events = job.events.slice(message.after ?? 0, (message.after ?? 0) + 1000)
    return event === 'events' ? { events, snapshot: snapshot(id) } : snapshot(id)
  }
  space.on('connection', (socket) =>
    socket.onAny((event: string, message: Message, reply: (answer: unknown) => void) => {
      asked.push({ event, message })
      const wish = wishes.onMessage(event, message)
      if (wish === 'disconnect') socket.conn.close()
      else if (wish === undefined && event === 'manifest' && !jobs.has(message.job!))
        reply({ error: { code: 'unknown-job', message: 'Unknown.' } })
      else if (wish !== 'silence') reply(wish ?? { ok: answer(event, message) })
    }),
  )
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  return { url, space, jobs, asked, wishes, decide, answer, close: () => io.close() }
}

export type ScriptedServer = Awaited<ReturnType<typeof scriptedServer>>
