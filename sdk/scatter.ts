/**
 * Many calls of one function, added at any time, as in DsageNg's scatter sets: each call is a list of arguments, and options by name arrive as
 * its last argument. What is there can be looked at without waiting.
 */
import { BadArgument, JobPaused } from './errors.ts'
import type { InputResult } from './input-result.ts'
import type { Job } from './job.ts'

/** The arguments of one call. */
export type Call = readonly unknown[]

/** @throws BadArgument */
function requireCall<Args>(args: Args): Args {
  if (Array.isArray(args)) return args
  throw new BadArgument(`Expected the arguments of a call as a list, got ${args === null ? 'null' : typeof args}; write [argument].`)
}

/** The calls, each looked at when it is read: what is no list would be thrown by a device, in words that do not help. An array of lists stays as it is. */
export function checkedCalls<Args>(calls: Iterable<Args> | AsyncIterable<Args>): Iterable<Args> | AsyncIterable<Args> {
  if (Array.isArray(calls)) return (calls as readonly unknown[]).every((args) => Array.isArray(args)) ? calls : eachChecked(calls)
  const isIterable = Symbol.iterator in Object(calls) || Symbol.asyncIterator in Object(calls)
  return isIterable ? eachChecked(calls) : calls
}

async function* eachChecked<Args>(calls: Iterable<Args> | AsyncIterable<Args>): AsyncGenerator<Args, void, void> {
  for await (const args of calls) yield requireCall(args)
}

/** Inputs that are not all there yet. */
class Calls implements AsyncIterable<Call> {
  readonly #waiting: Call[] = []
  #closed = false
  #wake = () => {}

  push(call: Call): void {
    if (this.#closed) throw new BadArgument('Expected `add` before `gather`, which ends the calls; start another scatter for more.')
    this.#waiting.push(call)
    this.#wake()
  }

  close(): void {
    this.#closed = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Call, void, void> {
    for (;;) {
      yield* this.#waiting.splice(0)
      if (this.#waiting.length > 0) continue
      if (this.#closed) return
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

export class Scatter<Output> {
  readonly job: Job<Output, Output[], Call>
  readonly #calls = new Calls()
  readonly #results = new Map<number, InputResult<Output, Call>>()
  readonly #collecting: Promise<void>
  #added = 0
  #wasPaused = false

  /** @param start what makes the job of the calls */
  constructor(start: (calls: AsyncIterable<Call>) => Job<Output, Output[], Call>) {
    this.job = start(this.#calls)
    // Why there are no results says `gather`.
    this.#collecting = this.#collect().catch((error) => {
      this.#wasPaused = error instanceof JobPaused
    })
  }

  /**
   * Adds one call, whose options by name, if any, arrive as the last argument. Gives its index, from 0.
   * @throws BadArgument after `gather`, and on arguments that are no list
   */
  add(args: Call, options?: Readonly<Record<string, unknown>>): number {
    this.#calls.push(options === undefined ? requireCall(args) : [...requireCall(args), options])
    return this.#added++
  }

  /** The results so far, by index; never waits. After a pause of the server's `gather` takes up the rest. */
  ready(): InputResult<Output, Call>[] {
    return [...this.#results.values()].sort((a, b) => a.index - b.index)
  }

  /** Ends the calls and gives their values in order; by then all are `ready`. @throws what `job.wait` throws */
  async gather(): Promise<Output[]> {
    this.#calls.close()
    const values = await this.job.wait()
    await this.#collecting
    if (this.#wasPaused) await this.#collect()
    return values
  }

  async #collect(): Promise<void> {
    for await (const result of this.job) {
      if (result.state === 'retracted') this.#results.delete(result.index)
      else this.#results.set(result.index, result)
    }
  }
}
