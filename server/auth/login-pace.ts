import { PlatformError } from '../errors.ts'
import { Pace } from './pace.ts'

/** Challenges and logins an address may have at once, and how fast they come back: a machine that starts 64 workers needs 130. */
const BURST = 400
const PER_SECOND = 20

/** Holds back an address that asks for more logins than people and their workers do. */
export class LoginPace {
  readonly #pace: Pace

  /** @param clock milliseconds, monotonic */
  constructor(clock: () => number) {
    this.#pace = new Pace({ burst: BURST, perSecond: PER_SECOND, clock })
  }

  /** @throws PlatformError `too-many-logins` */
  expectPatience(address: string): void {
    if (this.#pace.take(address)) return
    throw new PlatformError(
      'too-many-logins',
      'Expected fewer logins from one address: wait before the next one.',
      (1000 / PER_SECOND) * 20,
    )
  }
}
