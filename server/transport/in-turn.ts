import { PlatformError } from '../errors.ts'

/** What may wait; a device's own client has two under way at most. */
const MOST_WAITING = 16

/**
 * Does what one socket asks for one thing after the other: whatever it sends, no more than one message of its results is in a transaction, and
 * those of others do not wait behind the rest.
 */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** @throws PlatformError `out-of-order` where too many wait; a hundred such messages in a minute end the socket */
  run<Value>(call: () => Promise<Value>): Promise<Value> {
    if (this.#waiting >= MOST_WAITING) return Promise.reject(tooMany())
    this.#waiting += 1
    const done = this.#last.then(call).finally(() => {
      this.#waiting -= 1
    })
    this.#last = done.catch(() => undefined)
    return done
  }
}

const tooMany = (): PlatformError =>
  new PlatformError('out-of-order', `Expected at most ${MOST_WAITING} returns at a time, got more: wait for the answers of the first.`)
