import type { JobPaused } from './errors.ts'

/** Which events of a job are read, and for how long. */
export interface PagesOptions {
  /** With what the code printed. @default false */
  readonly withConsole?: boolean
  readonly after?: number
  readonly patienceMs?: number | undefined
  /** Told when the server has paused the job and all there is was given; then a page without events says that it was resumed. @default it is thrown */
  readonly onPaused?: ((pause: JobPaused) => void) | undefined
}

/** @throws it */
export function throwPause(pause: JobPaused): never {
  throw pause
}
