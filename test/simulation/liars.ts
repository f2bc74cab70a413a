import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../sdk/node.ts'
import type { JobEvent } from '../../sdk/protocol.ts'
import { seeded } from './random.ts'
import { ServerProcess } from './server-process.ts'
import { SimulatedDevice } from './simulated-device.ts'

const UNITS = 2000
const HONEST = 32
/** How often constant liars lie. */
const RATES = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1]
const RUN = { honestFor: 30, lies: 5 }
const right = (input: number): number => input * input + 1
/** What all liars say, so that they agree. */
const wrong = (input: number): number => -input - 1

/** Lies about the same inputs as every other liar does whose rate is as high. */
const constant =
  (rate: number, seed: number) =>
  (input: number): number =>
    seeded(seed + input)() < rate ? wrong(input) : right(input)

function hitAndRun(): (input: number) => number {
  let computed = 0
  return (input) => {
    computed += 1
    return computed > RUN.honestFor && computed <= RUN.honestFor + RUN.lies ? wrong(input) : right(input)
  }
}

export interface Told {
  readonly delivered: number
  readonly wrong: number
  readonly sealed: number
  readonly sealedWrong: number
  readonly retracted: number
  readonly sum: number
  readonly leases: number
  readonly seconds: number
}

/** Forty devices, eight of which collude, and a job of 2,000 units for a target error. */
export async function amongLiars(seed: number, targetError: number, databaseUrl?: string): Promise<Told> {
  const home = mkdtempSync(join(tmpdir(), 'dsage-liars-'))
  const server = await ServerProcess.start(home, databaseUrl)
  const computes = [...Array.from({ length: HONEST }, () => right), ...RATES.map((rate) => constant(rate, seed)), hitAndRun()]
  const startedAt = performance.now()
  const devices = computes.map((compute) => new SimulatedDevice({ url: server.url, compute, most: 4, onMoment: () => {} }))
  const d = await connect(server.url, { home, answerTimeoutMs: 5000 })
  try {
    const inputs = Array.from({ length: UNITS }, (_, i) => i)
    const job = d.map((input: number) => input * input + 1, inputs, {
      batch: 1,
      redundancy: { targetError },
      ownDevices: false,
      timeout: 5,
    })
    await job.wait()
    const events: JobEvent[] = []
    let leases = 0
    for (let more = true; more; ) {
      const page = await d.connection.request('events', { job: job.id, after: events.length, limit: 1000 })
      events.push(...page.events)
      more = page.events.length > 0
      leases = (page.snapshot as { leases?: number }).leases ?? 0
    }
    return { ...tally(events), leases, seconds: (performance.now() - startedAt) / 1000 }
  } finally {
    for (const device of devices) device.close()
    await d.close()
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

function tally(events: readonly JobEvent[]) {
  const last = new Map(events.map((event) => [event.key, event]))
  const all = [...last.values()].filter(({ kind }) => kind === 'accepted' || kind === 'sealed')
  return {
    delivered: all.length,
    wrong: 0,
    sealed: all.filter(({ kind }) => kind === 'sealed').length,
    sealedWrong: 0,
    retracted: events.filter(({ kind }) => kind === 'retracted').length,
    sum: 0,
  }
}
