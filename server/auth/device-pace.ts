import { PlatformError } from '../errors.ts'
import { Pace } from './pace.ts'

/** New devices a network may have at once, and how fast they come back: a hundred people behind one address start together. */
const BURST = 200
const PER_SECOND = 2
const AGAIN_MS = 10_000
/** New devices of one connection: a client asks for one, and is another one when it was copied. */
const OF_ONE_CONNECTION = 8

/** @throws PlatformError `too-many-devices` */
export type ExpectPatience = () => void

/**
 * Holds back who asks for more new devices than people have: each is a row for good. By network (INTEGRITY Q7) and not by address: whoever
 * has one IPv6 address has 2^64.
 */
export class DevicePace {
  readonly #pace: Pace

  /** @param clock milliseconds, monotonic */
  constructor(clock: () => number) {
    this.#pace = new Pace({ burst: BURST, perSecond: PER_SECOND, clock })
  }

  /** What each new device of one connection must pass. @param network null where the address says nothing about who is who */
  at(network: string | null): ExpectPatience {
    let made = 0
    return () => {
      if (made >= OF_ONE_CONNECTION)
        throw tooMany(`at most ${OF_ONE_CONNECTION} new devices of one connection: show the id and secret of one`)
      if (network !== null && !this.#pace.take(network)) throw tooMany(`fewer new devices at once from ${network}: come again`, AGAIN_MS)
      made += 1
    }
  }
}

const tooMany = (expected: string, againMs?: number): PlatformError =>
  new PlatformError('too-many-devices', `Expected ${expected}.`, againMs)
