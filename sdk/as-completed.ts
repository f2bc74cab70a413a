/** Whatever is waited for, in the order in which it ends: Dask's `as_completed`. */
import { BadArgument } from './errors.ts'
import type { WaitOptions } from './job.ts'

/** A Job or a DistributedFunction. */
interface Ending {
  wait(options?: WaitOptions): Promise<unknown>
}

/**
 * The jobs themselves, each as soon as it has ended, well or badly, or was paused by the server; what it gave or threw says its `wait()`, at once by then. Whoever stops
 * early leaves the others running.
 */
export async function* asCompleted<One extends Ending>(jobs: Iterable<One>): AsyncGenerator<One, void, void> {
  const endings = new Map<One, Promise<One>>()
  const ended = (job: One) => job
  if (typeof jobs?.[Symbol.iterator] !== 'function')
    throw new BadArgument(`Expected jobs in an iterable, for example an array, got ${String(jobs)}.`)
  for (const job of jobs) {
    endings.set(
      job,
      job.wait().then(
        () => ended(job),
        () => ended(job),
      ),
    )
  }
  while (endings.size > 0) {
    const job = await Promise.race(endings.values())
    endings.delete(job)
    yield job
  }
}
