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

export interface WorkContext {
  /** The next random number from 0 (included) to 1 (excluded), of a sequence that job and input decide; `Math.random` is the same sequence. */
  random(): number
  /** Lets the device breathe, and learn that the unit is no longer wanted; computes nothing. Call it every few milliseconds of a long loop. */
  tick(): Promise<void>
  /** The same as the global `console`. */
  readonly console: WorkConsole
  /** Reserved for showing how far an input is: taken and not yet told to anybody. */
  progress(fraction: number, note?: string): void
}
