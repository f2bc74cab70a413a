import { BadArgument, DSageError } from './errors.ts'
import type { JobChannel } from './job-channel.ts'
import { LIMITS } from './protocol.ts'

/** Says, returned or thrown by `processResult`, that an answer is wrong: somebody else is to compute the unit. */
export class Rejection extends DSageError {
  /** Why, as the record of the job keeps it. */
  readonly reason: string

  constructor(reason: string) {
    super('rejected', `The result was rejected: ${reason}`)
    this.reason = reason
  }
}

/**
 * `return reject('the residue is not 0')` in `processResult` throws the answer away and has the unit computed by somebody else, up to ten copies; then it
 * fails with the reason. Nobody is punished for it: when an independent device gives the same answer, the job pauses as `verify-contradicted`.
 * @throws BadArgument unless `reason` is a text of 1 to 200 characters
 */
export function reject(reason: string): Rejection {
  if (typeof reason === 'string' && reason.length > 0 && reason.length <= LIMITS.nameCharacters) return new Rejection(reason)
  const got = typeof reason === 'string' ? reason.length : reason === null ? 'null' : typeof reason
  const sentence = `Expected the reason of \`reject\` to be a text of 1 to ${LIMITS.nameCharacters} characters, got ${got}`
  throw new BadArgument(`${sentence}; say in short what is wrong with the result.`)
}

/** What was returned or thrown, when it is a rejection. @throws what else is thrown */
export async function rejectionOf(process: () => unknown): Promise<Rejection | undefined> {
  try {
    const returned = await process()
    return returned instanceof Rejection ? returned : undefined
  } catch (error) {
    if (error instanceof Rejection) return error
    throw error
  }
}

/** A result of a job that its researcher rejects. */
export interface RejectedResult {
  /** Of its unit. */
  readonly key: string
  /** Number of the event that gave it. */
  readonly event: number
  readonly reason: string
}

/** Rejections that the server has not answered: before it has, the job is not over. */
export class Rejections {
  readonly #waiting: Map<string, RejectedResult>

  constructor(waiting: readonly RejectedResult[] = []) {
    this.#waiting = new Map(waiting.map((result) => [result.key, result]))
  }

  get waiting(): readonly RejectedResult[] {
    return [...this.#waiting.values()]
  }

  add(result: RejectedResult): void {
    this.#waiting.set(result.key, result)
  }

  /** The server took the result back already. */
  forget(key: string): void {
    this.#waiting.delete(key)
  }

  /** @throws Refused, NotConnected */
  async send(channel: Pick<JobChannel, 'reject'>): Promise<void> {
    for (const result of this.waiting) {
      await channel.reject(result)
      if (this.#waiting.get(result.key) === result) this.#waiting.delete(result.key)
    }
  }
}
