import type { JobChannel } from './job-channel.ts'
import { allLinesOf, outputsOf, type UnitOutput } from './job-output.ts'
import { type Overhead, overheadOf } from './overhead.ts'
import type { DifferingAnswers, JobSnapshot } from './protocol.ts'

/** What a job that was submitted here and one that was taken up have in common: control, limits, and what its code printed. */
export abstract class HeldJob {
  /** @throws what its submission threw */
  protected abstract channel(): JobChannel
  /** Milliseconds for which more inputs of a client that may be gone are awaited; for ever when absent. */
  protected readonly patienceMs: number | undefined
  /** What the server said last. */
  abstract get status(): JobSnapshot | undefined

  /** Whether it was cancelled. */
  get killed(): boolean {
    return this.status?.state === 'cancelled'
  }

  /** 0 to 5; undefined before the server has answered. */
  get priority(): number | undefined {
    return this.status?.priority
  }

  /** Seconds one unit may compute; undefined before the server has answered. */
  get timeout(): number | undefined {
    return this.status?.timeoutSeconds
  }

  /** What was paid so far so that its results can be believed; undefined before the server has answered. */
  get overhead(): Overhead | undefined {
    return this.status && overheadOf(this.status)
  }

  /** Cancels the job; devices that compute for it are told within a second. @throws Refused, NotConnected */
  async kill(): Promise<void> {
    await this.channel().control('cancel')
  }

  /** Hands out no more units; those under way are finished. @throws Refused, NotConnected */
  async pause(): Promise<void> {
    await this.channel().control('pause')
  }

  /** Goes on after `pause`; one that runs stays as it is. @throws Refused saying the state of one that is over, NotConnected */
  async resume(): Promise<void> {
    await this.channel().control('resume')
  }

  /**
   * Two answers to one unit that differ, with the input and the engines of the devices that gave them: what to look at when a job is paused as
   * `non-deterministic`. Undefined where no answers of units that are under way or were decided last differ. @throws Refused, NotConnected
   */
  async differences(): Promise<DifferingAnswers | undefined> {
    return (await this.channel().differences()).differing
  }

  /**
   * What the code printed with `console`, a line an entry, in the order of the inputs, once the job has ended: at most 8192 characters a unit and a
   * million in all. From the device whose result was accepted, so what an honest one printed; control characters are escaped. @throws NotConnected
   */
  async output(): Promise<readonly string[]> {
    return allLinesOf(this.channel(), this.patienceMs)
  }

  /** The same unit by unit, as results come, in any order; keeps nothing. Units that printed nothing are left out. @throws as `output` */
  async *outputs(): AsyncGenerator<UnitOutput, void, void> {
    yield* outputsOf(this.channel(), this.patienceMs)
  }
}
