/** Few devices at a real server, by real sockets: each of an account and a network of its own, or all behind one address. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { logIn } from '../../sdk/identity/key-login.ts'
import { makeKeyTexts } from '../../sdk/key-files/key-text.ts'
import { connect, type DSage, type Job, type Overhead } from '../../sdk/node.ts'
import type { ClusterStatus, DeviceRow, JobSnapshot, Redundancy } from '../../sdk/protocol.ts'
import { ServerProcess } from './server-process.ts'
import { type DeviceOptions, SimulatedDevice } from './simulated-device.ts'

/** What a job that cannot go on has said by then, milliseconds. */
const TOLD_WITHIN_MS = 5000
const HOW = { most: 4, onMoment: () => {}, unitMs: 10 } as const
const square = (n: number): number => n * n

export class SmallCrowds {
  readonly d: DSage
  readonly #server: ServerProcess
  readonly #home: string
  readonly #devices = new Set<SimulatedDevice>()
  #accounts = 0
  #networks = 0

  private constructor(server: ServerProcess, home: string, d: DSage) {
    this.#server = server
    this.#home = home
    this.d = d
  }

  static async start(): Promise<SmallCrowds> {
    const home = mkdtempSync(join(tmpdir(), 'dsage-small-'))
    const server = await ServerProcess.start(home, undefined, () => ({ DSAGE_PROXIES: '127.0.0.1', DSAGE_CLOSING_SECONDS: '2' }))
    return new SmallCrowds(server, home, await connect(server.url, { home }))
  }

  async close(): Promise<void> {
    for (const device of this.#devices) device.close()
    await this.d.close()
    await this.#server.stop()
    rmSync(this.#home, { recursive: true, force: true })
  }

  /** Devices that nobody has seen before, each of an account and a network of its own. */
  async volunteers(count: number, compute: DeviceOptions['compute'] = square): Promise<SimulatedDevice[]> {
    const made: SimulatedDevice[] = []
    for (let i = 0; i < count; i++) {
      const { privateKey, publicKey } = await makeKeyTexts(`volunteer${++this.#accounts}@test`)
      writeFileSync(join(this.#home, 'authorized_keys'), `${publicKey.trim()}\n`, { flag: 'a' })
      const { session } = await logIn(this.#server.url, privateKey)
      made.push(await this.#enter({ session, address: this.#network(), compute }))
    }
    return made
  }

  /** A device of the operator's. */
  async own(): Promise<SimulatedDevice> {
    const { session } = await logIn(this.#server.url, readFileSync(join(this.#home, 'dsage_key'), 'utf8'))
    return this.#enter({ session, compute: square })
  }

  /** Devices without accounts behind one public address. */
  async behindOneAddress(count: number): Promise<SimulatedDevice[]> {
    const made: SimulatedDevice[] = []
    for (let i = 0; i < count; i++) made.push(await this.#enter({ address: '203.0.113.7', compute: square }))
    return made
  }

  async #enter(options: Omit<DeviceOptions, 'url' | keyof typeof HOW>): Promise<SimulatedDevice> {
    const device = new SimulatedDevice({ url: this.#server.url, ...HOW, ...options })
    this.#devices.add(device)
    await expect.poll(() => device.device, { interval: 5 }).toBeDefined()
    return device
  }

  /** An address of a network that nobody else is in. */
  #network(): string {
    this.#networks += 1
    return `198.${50 + (this.#networks >> 8)}.${this.#networks & 255}.1`
  }

  /** Resolves when the server has noticed. */
  async everybodyLeaves(): Promise<void> {
    for (const device of this.#devices) device.close()
    this.#devices.clear()
    await expect.poll(async () => (await this.#get<ClusterStatus>('status')).devicesConnected, { interval: 5 }).toBe(0)
  }

  /** The first `count` squares. */
  squares(count: number, options: { readonly redundancy?: Redundancy } = {}): Job<number, number[], number> {
    const inputs = Array.from({ length: count }, (_, n) => n)
    return this.d.map((n) => n * n, inputs, { batch: 1, ...options })
  }

  /** After how many milliseconds a job that cannot go on says so with these numbers; a device that has just left may be counted at first. */
  async waiting(job: Job<number, number[], number>, needed: number, present: number): Promise<number> {
    const startedAt = performance.now()
    const look = { timeout: TOLD_WITHIN_MS, interval: 5 }
    await expect.poll(() => job.status?.waiting, look).toEqual({ reason: 'needs-more-devices', needed, present })
    return performance.now() - startedAt
  }

  /** So many volunteers are here, as many more as the job says come, and it ends. */
  async endsWith(present: number, needed: number, options: { readonly redundancy?: Redundancy } = {}): Promise<void> {
    await this.volunteers(present)
    const job = this.squares(20, options)
    if (present < needed) {
      const ms = await this.waiting(job, needed, present)
      expect((await this.job(job.id)).leases, 'copies that lead nowhere').toBe(0)
      console.log(`${present} volunteers: needs-more-devices, ${needed}, told after ${Math.round(ms)} ms`)
      await this.volunteers(needed - present)
    }
    expect(await job.wait({ timeout: 50 })).toEqual(firstSquares(20))
    const ended = await this.job(job.id)
    expect(ended).toMatchObject({ state: 'finished', units: { sealed: 20, accepted: 0, failed: 0 } })
    expect(job.overhead?.leasesPerUnit, 'what its owner is told that it paid').toBe(ended.leases / 20)
  }

  /** What a job of 50 units pays where nobody knows the five devices that are here, with accounts or without. */
  async overheadOfFive(who: 'accounts' | 'nobody'): Promise<Overhead> {
    if (who === 'accounts') await this.volunteers(5)
    else for (let i = 0; i < 5; i++) await this.#enter({ address: this.#network(), compute: square })
    const job = this.squares(50)
    expect(await job.wait({ timeout: 50 })).toEqual(firstSquares(50))
    await this.everybodyLeaves()
    const { leases, units } = await this.job(job.id)
    expect(job.overhead).toMatchObject({ leasesPerUnit: leases / units.sealed, wastedShare: 0 })
    // Four newcomers agree on the first units, and nobody is asked a fifth time but as a check.
    expect(job.overhead!.leasesPerUnit).toBeLessThan(4)
    return job.overhead!
  }

  async job(job: string): Promise<JobSnapshot> {
    return this.#get(`jobs/${job}`)
  }

  async device({ device }: SimulatedDevice): Promise<DeviceRow> {
    return this.#get(`devices/${device}`)
  }

  async #get<Value>(path: string): Promise<Value> {
    return (await (await fetch(`${this.#server.url}/api/v1/${path}`)).json()) as Value
  }
}

/** The first `count` squares, as a job should give them. */
export const firstSquares = (count: number): number[] => Array.from({ length: count }, (_, n) => square(n))
