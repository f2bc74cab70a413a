import { BadArgument, TimedOut } from './errors.ts'
import { requireKnownNames } from './known-names.ts'

/** The longest a timer can be set to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** @throws BadArgument where no options came, or others: `wait(5)` and `wait({ timeOut: 5 })` would wait for ever */
export function secondsOf(options: { readonly timeout?: number }): number | undefined {
  if (typeof options !== 'object' || options === null)
    throw new BadArgument(`Expected options such as { timeout: 5 }, got ${String(options)}.`)
  requireKnownNames('options', options, ['timeout'])
  return options.timeout
}

/**
 * What `work` gives, if it does so within `seconds` (for ever when undefined); the work itself goes on.
 * @throws TimedOut with `message`, BadArgument when `seconds` is not a number from 0
 */
export async function within<Value>(work: Promise<Value>, seconds: number | undefined, message: string | (() => string)): Promise<Value> {
  if (seconds === undefined) return work
  if (typeof seconds !== 'number' || !(seconds >= 0))
    throw new BadArgument(`Expected \`timeout\` to be a number of seconds from 0, got ${String(seconds)}.`)
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new TimedOut(typeof message === 'string' ? message : message())),
      Math.min(seconds * 1000, LONGEST_TIMER_MS),
    )
  })
  return Promise.race([work, over]).finally(() => clearTimeout(timer))
}
