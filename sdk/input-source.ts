/** Inputs one by one from whatever the researcher gave, without waiting longer than there is something else to do. */
import { BadArgument } from './errors.ts'
import { printable } from './printable.ts'

type Step<Input> = IteratorResult<Input, unknown>

export class InputSource<Input> {
  readonly #iterator: Iterator<Input> | AsyncIterator<Input>
  readonly #asynchronous: boolean
  #pending: Promise<Step<Input>> | undefined

  /** @throws BadArgument when `inputs` is neither iterable nor asynchronously iterable */
  constructor(inputs: Iterable<Input> | AsyncIterable<Input>) {
    const { [Symbol.asyncIterator]: asynchronous, [Symbol.iterator]: synchronous } = Object(inputs)
    if (typeof (asynchronous ?? synchronous) !== 'function')
      throw new BadArgument(`Expected the inputs to be iterable, for example an array, got ${printable(String(inputs))}.`)
    this.#asynchronous = asynchronous !== undefined
    this.#iterator = (asynchronous ?? synchronous).call(inputs)
  }

  /** The next input, at once when the source is not asynchronous. */
  next(): Step<Input> | Promise<Step<Input>> {
    const step = this.#pending ?? this.#iterator.next()
    this.#pending = undefined
    return this.#asynchronous ? Promise.resolve(step) : (step as Step<Input>)
  }

  /** The next input, or 'pending' when it does not come before the event loop turns; then it is what is given the next time. */
  nextIfReady(): Step<Input> | Promise<Step<Input> | 'pending'> {
    const step = this.next()
    if (!(step instanceof Promise)) return step
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending = step
        resolve('pending')
      }, 0)
      step.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  /** Lets a generator clean up when its inputs are no longer wanted. */
  async close(): Promise<void> {
    await this.#iterator.return?.()
  }
}
