/**
 * What `work(input, context)` gets beside its input. Whatever it gives is the same on every device that computes the same input, so that results can
 * be compared byte for byte. Use it inside the call only: it belongs to the unit that is being computed.
 */

/** Files that travel with the job. */
export interface WorkFiles {
  /** Names of the job's files, sorted. */
  readonly names: readonly string[]
  /** The bytes of a file, a copy of your own. @throws an Error that lists the names when there is no such file */
  get(name: string): Uint8Array<ArrayBuffer>
}

/** Lines for the owner of the job: the first 4096 characters of a unit are kept with its result and are not compared. */
export interface WorkConsole {
  log(...values: readonly unknown[]): void
  info(...values: readonly unknown[]): void
  warn(...values: readonly unknown[]): void
  error(...values: readonly unknown[]): void
  debug(...values: readonly unknown[]): void
}

export interface WorkContext<Checkpoint = unknown> {
  /** The next random number from 0 (included) to 1 (excluded), of a sequence that job and input decide; `Math.random` is the same sequence. */
  random(): number
  /** Lets the device breathe, and learn that the unit is no longer wanted; computes nothing. Call it every few milliseconds of a long loop. */
  tick(): Promise<void>
  /** The same as the global `console`. */
  readonly console: WorkConsole
  /** Says how far this input is, from 0 to 1, with a note of at most 200 characters; what is out of bounds is moved into them. Not compared. */
  progress(fraction: number, note?: string): void
  /**
   * Keeps `value` (anything that can be an output, at most 1 MiB) and the state of `random` for this input: when the unit is interrupted and goes on
   * with the same holder, or where its job trusts whoever goes on, `restored` is the last value kept. The result must not depend on whether it was.
   */
  checkpoint(value: Checkpoint): void
  /** The last checkpoint of this input, undefined when it starts from the beginning. */
  readonly restored: Checkpoint | undefined
  readonly files: WorkFiles
}
