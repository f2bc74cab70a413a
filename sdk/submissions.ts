import { within } from './within.ts'

/** Seconds that closing waits for a server that does not answer. */
const PATIENCE_SECONDS = 5

/** Jobs that were made and that the server does not have yet: nobody awaits a submission, and a program may end right after it. */
export class Submissions {
  readonly #underWay = new Set<Promise<unknown>>()

  add(submission: Promise<unknown>): void {
    this.#underWay.add(submission)
    const forget = () => void this.#underWay.delete(submission)
    submission.then(forget, forget)
  }

  /** Settles when the server has them or they failed, or has not answered for long. */
  async settled(): Promise<void> {
    await within(Promise.allSettled(this.#underWay), PATIENCE_SECONDS, 'Submissions are under way.').catch(() => {})
  }
}
