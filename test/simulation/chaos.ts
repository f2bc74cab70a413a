import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { connect } from '../../sdk/node.ts'
import type { JobEvent } from '../../sdk/protocol.ts'
import { seeded } from './random.ts'
import { ServerProcess } from './server-process.ts'
import { type Moment, SimulatedDevice } from './simulated-device.ts'

const INPUTS = 200
const KILLS = 2
const square = (input: number): number => input * input + 1

/** When the server is killed: at the n-th time a moment is seen, or a few milliseconds into what it begins. */
interface Plan {
  readonly moment: Moment
  readonly delayMs: number
  left: number
}
const MOMENTS: readonly (readonly [Moment, mostDelayMs: number])[] = [
  ['leases arrived', 0],
  ['results sent', 0], // the server has just received it
  ['results sent', 4], // its transaction is open
  ['results acknowledged', 0],
]

/** Kills the server where the plans say, one after the other, and starts it again. */
class Killer {
  readonly #server: ServerProcess
  readonly #plans: Plan[]
  readonly kills: string[] = []
  restarting: Promise<void> = Promise.resolve()

  constructor(server: ServerProcess, seed: number) {
    this.#server = server
    const random = seeded(seed)
    this.#plans = Array.from({ length: KILLS }, (_, i) => {
      // The first kill of seeds that follow each other covers all moments.
      const [moment, most] = MOMENTS[i === 0 ? seed % MOMENTS.length : Math.floor(random() * MOMENTS.length)]!
      return { moment, delayMs: most * random(), left: 1 + Math.floor(random() * 15) }
    })
  }

  saw(moment: Moment): void {
    const [plan] = this.#plans
    if (plan?.moment !== moment || --plan.left > 0) return
    this.#plans.shift()
    this.kills.push(`${moment} + ${plan.delayMs.toFixed(1)} ms`)
    const kill = () => {
      this.#server.kill()
      this.restarting = this.#server.restart()
    }
    if (plan.delayMs === 0) kill()
    else setTimeout(kill, plan.delayMs)
  }
}

/** One run: a crowd with a liar, a job through the SDK, a server that is killed twice. Every result right, none lost, none doubled. */
export async function surviveKills(seed: number, databaseUrl?: string): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'dsage-chaos-'))
  const server = await ServerProcess.start(home, databaseUrl)
  const killer = new Killer(server, seed)
  const random = seeded(seed + 1)
  const collude = random() < 0.5
  const lie = (input: number) => (collude ? 42 : square(input) + 1 + Math.floor(random() * 1000))
  const devices = [square, square, square, lie].map(
    (compute) =>
      new SimulatedDevice({ url: server.url, compute, most: 1 + Math.floor(random() * 12), onMoment: (moment) => killer.saw(moment) }),
  )
  const d = await connect(server.url, { home, answerTimeoutMs: 5000 })
  try {
    const inputs = Array.from({ length: INPUTS }, (_, i) => i)
    const options = { batch: 1, redundancy: { quorum: 2 }, ownDevices: false, timeout: 5 } as const
    const job = d.map((input: number) => input * input + 1, inputs, options)
    const values = await job.wait()
    expect(values).toEqual(inputs.map(square))
    await killer.restarting
    expect(killer.kills).toHaveLength(KILLS)
    const events: JobEvent[] = []
    for (let more = true; more; ) {
      const page = await d.connection.request('events', { job: job.id, after: events.length, limit: 1000 })
      events.push(...page.events)
      more = page.events.length > 0
      if (!more) expect(page.snapshot).toMatchObject({ state: 'finished', failedInputs: 0, units: { open: 0, sealed: INPUTS, failed: 0 } })
    }
    expect(events.map(({ n }) => n)).toEqual(events.map((_, i) => i + 1))
    expect(new Set(events.map(({ kind, key }) => `${kind} ${key}`)).size).toBe(INPUTS)
    expect(events).toHaveLength(INPUTS)
    expect(devices.flatMap(({ refused }) => refused)).toEqual([])
    return `killed at: ${killer.kills.join(', ')}`
  } finally {
    for (const device of devices) device.close()
    await d.close()
    await killer.restarting.catch(() => {})
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

/** Seeds of this run, each for the next moment of killing. */
export const chaosSeeds = (count: number): number[] => {
  const first = MOMENTS.length * Math.floor(Math.random() * 2 ** 26)
  return Array.from({ length: count }, (_, i) => first + i)
}
