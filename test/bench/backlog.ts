import { createHash, randomBytes } from 'node:crypto'
import { encode } from '../../sdk/codec.ts'
import { Connection } from '../../sdk/connection.ts'
import type { JobSnapshot, Redundancy, UnitSpec } from '../../sdk/protocol.ts'

const code = new TextEncoder().encode('export const work = (x) => x\n')
const input = encode(['0123456789abc']) // 16 bytes or close to it
const UNITS_A_MESSAGE = 1000

/** A job whose queue of open units is kept at a length. */
export class Backlog {
  readonly job = randomBytes(16).toString('hex')
  readonly #connection: Connection
  #added = 0
  #holding = false

  private constructor(connection: Connection) {
    this.#connection = connection
  }

  static async open(url: string, key: string): Promise<Backlog> {
    return new Backlog(await Connection.open(url, { key }))
  }

  async submit(redundancy: Redundancy): Promise<void> {
    await this.#connection.request('submit', {
      spec: {
        ...{ job: this.job, name: 'bench', purpose: 'bench', kind: 'map', bundle: createHash('sha256').update(code).digest('hex') },
        ...{ redundancy, ownDevices: false, onError: 'continue', priority: 2, timeoutSeconds: 600, memoryMegabytes: 64 },
      },
      ...{ code, units: [], inputsComplete: false },
    })
  }

  snapshot(): Promise<JobSnapshot> {
    return this.#connection.request('watch', { job: this.job })
  }

  /** Adds until the queue is `open` units long. */
  async fillTo(open: number): Promise<void> {
    while ((await this.#top(open)) > UNITS_A_MESSAGE) {}
  }

  /** Keeps the queue near `open` until the returned function is called. */
  hold(open: number): () => Promise<void> {
    this.#holding = true
    const running = (async () => {
      while (this.#holding) {
        await this.#top(open)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })()
    return async () => {
      this.#holding = false
      await running
    }
  }

  close(): void {
    this.#connection.close()
  }

  /** Adds what is missing, once; returns how much that was. */
  async #top(open: number): Promise<number> {
    const missing = Math.min(open - (await this.snapshot()).units.open, 16 * UNITS_A_MESSAGE)
    if (missing >= Math.min(UNITS_A_MESSAGE, open / 10)) await this.#add(missing)
    return missing
  }

  async #add(count: number): Promise<void> {
    const messages: Promise<unknown>[] = []
    for (let left = count; left > 0; left -= UNITS_A_MESSAGE) {
      const units = Array.from(
        { length: Math.min(left, UNITS_A_MESSAGE) },
        (): UnitSpec => ({ key: String(this.#added++), input, inputs: 1 }),
      )
      messages.push(this.#connection.request('add', { job: this.job, units, inputsComplete: false }))
    }
    await Promise.all(messages)
  }
}
