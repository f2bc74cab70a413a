/**
 * What `work(input, context)` gets beside its input. Whatever it gives is the same on every device that computes the same input, so that results can
 * be compared byte for byte. Use it inside the call only: it belongs to the unit that is being computed.
 */

/** Lines for the owner of the job: the first 8192 characters of a unit are kept with its result and are not compared. */
export interface WorkConsole {
  log(...values: readonly unknown[]): void
  info(...values: readonly unknown[]): void
  warn(...values: readonly unknown[]): void
  error(...values: readonly unknown[]): void
  debug(...values: readonly unknown[]): void
}

/** The job's files. */
export interface WorkFiles {
  /** In their order by name. */
  readonly names: readonly string[]
  /** The bytes of a file, a copy at each call: keep it when you need it again. @throws TypeError naming the files there are */
  get(name: string): Uint8Array
}

export interface WorkContext {
  /** The next random number from 0 (included) to 1 (excluded), of a sequence that job and input decide; `Math.random` is the same sequence. */
  random(): number
  /** Lets the device breathe, and learn that the unit is no longer wanted; computes nothing. Call it every few milliseconds of a long loop. */
  tick(): Promise<void>
  /** What the job was given as `files`. */
  readonly files: WorkFiles
  /** The same as the global `console`. */
  readonly console: WorkConsole
  /**
   * Shows the volunteer, and you in `job.status.running`, how far this input is, with a bar and your words: nothing is decided by it. It may be called as often
   * as you like, and costs little; at most four calls a second are told. A device that computes a unit of several inputs shows the share of the unit.
   * @param fraction 0 to 1; what lies outside is taken as the nearer end, and what is no number is not told
   * @param note at most 200 characters, shown on one line without control characters. @default none
   */
  progress(fraction: number, note?: string): void
  /**
   * Keeps where the computation of this input is, so that it can go on from there: `restored` has the value when the same input is computed again
   * because its worker was killed or its tab closed, there or on another device that may go on (docs/context.md). The newest one counts, at most one a
   * second is kept, and results never depend on whether one was: whoever computes without it must come to the same. Random numbers go on by themselves.
   * It costs what returning the value would: call it every few million steps, not at each. Anything that can be a result can be a value, up to 1 MiB encoded. @throws TypeError for what cannot
   */
  checkpoint(value: unknown): void
  /** What `checkpoint` kept of this input, a copy of its own; undefined when the input begins at its beginning, as it does almost always. */
  readonly restored: unknown
}
