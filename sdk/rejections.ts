import type { JobChannel } from './job-channel.ts'
import type { JobEvent } from './protocol.ts'
import { unitKey } from './unit-key.ts'

/** A result of a job that its researcher rejects. */
export interface RejectedResult {
  /** Of its unit. */
  readonly key: string
  /** Number of the event that gave it. */
  readonly event: number
  readonly reason: string
}

/**
 * What was rejected. Rejections wait until the server has answered: before it has, the job is not over. When independent devices contradict them the
 * server pauses the job and gives what was rejected once more: such an answer is held until somebody resumes the job, or both would go on for ever.
 */
export class Rejections {
  readonly #waiting: Map<string, RejectedResult>
  /** Of each unit the digests of what was rejected. */
  readonly #outputs = new Map<string, Set<string>>()
  readonly #held: Map<string, number>

  constructor(waiting: readonly RejectedResult[] = [], held: Iterable<readonly [key: string, n: number]> = []) {
    this.#waiting = new Map(waiting.map((result) => [result.key, result]))
    this.#held = new Map(held)
  }

  get waiting(): readonly RejectedResult[] {
    return [...this.#waiting.values()]
  }

  /** Of units that wait until the job goes on the number of the event that answered them. */
  get held(): readonly (readonly [key: string, n: number])[] {
    return [...this.#held]
  }

  async add({ key, n, output }: JobEvent, reason: string): Promise<void> {
    this.#waiting.set(key, { key, event: n, reason })
    const outputs = this.#outputs.get(key) ?? new Set()
    this.#outputs.set(key, outputs.add(await digestOf(output)))
  }

  /** The server took the result back already. */
  forget(key: string): void {
    this.#waiting.delete(key)
    this.#held.delete(key)
  }

  /** Holds an answer that was rejected before; whether it was. */
  async hold({ key, n, output }: JobEvent): Promise<boolean> {
    const rejected = this.#outputs.get(key)
    if (rejected?.has(await digestOf(output)) !== true) return false
    this.#held.set(key, n)
    return true
  }

  /** Gives what is held, which is held no more. */
  release(): readonly (readonly [key: string, n: number])[] {
    const { held } = this
    this.#held.clear()
    return held
  }

  /** @throws Refused, NotConnected */
  async send(channel: Pick<JobChannel, 'reject'>): Promise<void> {
    for (const result of this.waiting) {
      await channel.reject(result)
      if (this.#waiting.get(result.key) === result) this.#waiting.delete(result.key)
    }
  }
}

const digestOf = async (output: Uint8Array | undefined): Promise<string> => (output === undefined ? '' : unitKey(output))
