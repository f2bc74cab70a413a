import { PlatformError } from './errors.ts'
import type { DeviceLink, Live } from './live.ts'
import type { Timers } from './timers.ts'

/** How long the socket that speaks for a device has to answer, milliseconds: less than the 5 s that servers wait for each other. */
export const ANSWER_MS = 4000
/** Greetings with the secret of one device that wait for each other, and when others come again, milliseconds. */
const MOST_WAITING = 16
const AGAIN_MS = 5000

interface Turns {
  last: Promise<unknown>
  waiting: number
}

/**
 * Who speaks for a device when its secret comes by a second socket: the socket it has, if that answers, and else the new one. A connection
 * that broke, a tab that was reloaded and a process that was killed cannot answer on the old socket, so they are the same device; of a
 * machine or a browser profile that was copied the first one answers. Rejected: counting what was heard of the old socket a moment ago,
 * which takes the identity of a device that lost its network just then; new secrets at each greeting, which whoever loses power before it
 * is written loses for good.
 */
export class Speakers {
  readonly #live: Live
  readonly #timers: Timers
  readonly #turns = new Map<string, Turns>()
  /** Told of a copy of a device, and which one it is from now on. */
  readonly onCopy: (copyOf: string, device: string) => void
  #askOthers: (device: number) => Promise<boolean> = async () => false
  #movedElsewhere: (device: number) => void = () => {}

  constructor(live: Live, timers: Timers, onCopy: Speakers['onCopy']) {
    this.#live = live
    this.#timers = timers
    this.onCopy = onCopy
  }

  /**
   * Greetings that show one device's secret come one after the other: of two at once only one finds nobody.
   * @throws PlatformError `server-busy` where too many wait
   */
  async inTurn<Value>(device: string, greet: () => Promise<Value>): Promise<Value> {
    const turns = this.#turns.get(device) ?? { last: Promise.resolve(), waiting: 0 }
    if (turns.waiting >= MOST_WAITING) throw tooMany()
    this.#turns.set(device, turns)
    turns.waiting += 1
    const done = turns.last.then(greet)
    turns.last = done.catch(() => undefined)
    return done.finally(() => {
      turns.waiting -= 1
      if (turns.waiting === 0) this.#turns.delete(device)
    })
  }

  /** Whether the socket that the device has, here or at another server, answers; `asker` is the one that greets. */
  async isSpokenFor(device: number, asker: DeviceLink | undefined): Promise<boolean> {
    const link = this.#live.linkOf(device)
    if (link && link === asker) return false
    return (link !== undefined && (await this.#answers(link))) || (await this.#askOthers(device))
  }

  /** Another server asks. Where nothing answers the device is there from now on. */
  async speaksHere(device: number): Promise<boolean> {
    const link = this.#live.linkOf(device)
    if (link && (await this.#answers(link))) return true
    link?.supersede()
    this.#movedElsewhere(device)
    return false
  }

  /** Asks the other servers over the same database; told of devices that went there. */
  onElsewhere(ask: (device: number) => Promise<boolean>, moved: (device: number) => void): void {
    this.#askOthers = ask
    this.#movedElsewhere = moved
  }

  #answers(link: DeviceLink): Promise<boolean> {
    return new Promise((resolve) => {
      const hear = (isAlive: boolean): void => {
        undoWait()
        resolve(isAlive)
      }
      const undoWait = this.#timers.after(ANSWER_MS, () => resolve(false))
      link.ask(hear)
    })
  }
}

const tooMany = (): PlatformError =>
  new PlatformError('server-busy', `Expected at most ${MOST_WAITING} connections at once with one device’s secret: come again.`, AGAIN_MS)
