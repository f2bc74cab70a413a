import { BadArgument, DSageError } from './errors.ts'
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
