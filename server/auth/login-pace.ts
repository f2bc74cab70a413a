import { PlatformError } from '../errors.ts'

/** Challenges and logins an address may have at once, and how fast they come back: a machine that starts 64 workers needs 130. */
const BURST = 400
const PER_SECOND = 20
/** Addresses remembered; the one that asked first is forgotten first. */
const ADDRESSES = 4096

/** Holds back an address that asks for more logins than people and their workers do. */
export class LoginPace {
  readonly #clock: () => number
  readonly #left = new Map<string, { left: number; at: number }>()

  /** @param clock milliseconds, monotonic */
  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** @throws PlatformError `too-many-logins` */
  expectPatience(address: string): void {
    const now = this.#clock()
    const { left, at } = this.#left.get(address) ?? { left: BURST, at: now }
    const grown = Math.min(BURST, left + ((now - at) / 1000) * PER_SECOND)
    const [oldest] = this.#left.keys()
    if (this.#left.size >= ADDRESSES && !this.#left.has(address) && oldest !== undefined) this.#left.delete(oldest)
    this.#left.set(address, { left: grown < 1 ? grown : grown - 1, at: now })
    if (grown < 1)
      throw new PlatformError(
        'too-many-logins',
        'Expected fewer logins from one address: wait before the next one.',
        (1000 / PER_SECOND) * 20,
      )
  }
}
