/** Tries units of a job out in a process of its own, as a headless worker runs them, before strangers compute any. */

import type { Trial, TrialRequest } from '../trial.ts'
import { CheckThread } from './check-thread.ts'
import { measureSpeed } from './reference.ts'
import { Tryout } from './tryout.ts'

/** A server has no more memory than this for a job, nor for its files. */
const MOST_MEGABYTES = 512
/** No input is for nothing. */
const LEAST_CREDIT = 1e-7
const MOST_FILE_BYTES = 32 * 1024 * 1024

const unmeasured = (note: string): Trial => ({
  ...{ verdict: 'unmeasured', isolation: 'unit', isGeneral: false, creditPerInput: null, unitSeconds: 0, reason: null, note },
})

export class PilotSandbox {
  readonly #complain: (sentence: string) => void
  readonly #thread: CheckThread

  /** @param complain told when a sandbox process does not start or dies */
  constructor(complain: (sentence: string) => void) {
    this.#complain = complain
    this.#thread = new CheckThread(complain)
  }

  /** Why it is not to be tried out here, before its files are read; undefined where it is. */
  refusal({ memoryMegabytes, fileBytes }: { readonly memoryMegabytes: number; readonly fileBytes: number }): Trial | undefined {
    if (memoryMegabytes > MOST_MEGABYTES)
      return unmeasured(`it asks for more memory than the ${MOST_MEGABYTES} MB that a server tries jobs out with`)
    if (fileBytes > MOST_FILE_BYTES) return unmeasured('its files are too large for a server to try it out')
    return undefined
  }

  /** Never rejects; undefined where this machine cannot run code now. */
  async try(request: TrialRequest): Promise<Trial | undefined> {
    const run = this.#thread.run.bind(this.#thread)
    try {
      const before = await measureSpeed(run)
      if (!before) return undefined
      const tryout = new Tryout(request, run, before)
      const trial = await tryout.result()
      const seconds = trial && (await tryout.secondsPerInput(before))
      const after = trial && (await measureSpeed(run))
      if (!trial || !after) return undefined
      // The faster of the two: the machine was less busy with others then, as it was in the fastest run of each unit.
      const speed = Math.max(before.speed, after.speed)
      return { ...trial, creditPerInput: typeof seconds === 'number' ? Math.max(LEAST_CREDIT, seconds * speed) : null }
    } catch (error) {
      this.#complain(`A job could not be tried out: ${String(error)}`)
      return undefined
    }
  }

  /** Ends the process; the next call starts another. */
  close(): Promise<void> {
    return this.#thread.close()
  }
}
