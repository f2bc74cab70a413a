import { ResultsUnsealed } from './errors.ts'
import { type Deliver, EventFold, isNews } from './event-fold.ts'
import type { JobChannel } from './job-channel.ts'
import type { PagesOptions } from './pages-options.ts'
import type { JobEvent } from './protocol.ts'

/**
 * The events that give a result or take one back, a page at a time, until the job has ended.
 * @throws ResultsUnsealed when it finished with results that are not delivered since nothing sealed them, and as `channel.pages` does
 */
export async function* deliveredPages(
  channel: JobChannel,
  deliver: Deliver | undefined,
  options?: PagesOptions,
): AsyncGenerator<readonly JobEvent[], void, void> {
  const fold = new EventFold(deliver)
  for await (const page of channel.pages(options)) yield page.filter((event) => isNews(fold.apply(event)))
  const { state, name } = channel.snapshot!
  const unsealed = deliver === 'sealed' ? fold.unsealed.length : 0
  if (unsealed > 0 && state === 'finished') throw new ResultsUnsealed(name, unsealed)
}
