import type { Clock } from '../engine/clock.ts'
import type { Log } from '../engine/log.ts'
import type { SpawnThread } from '../engine/sandbox-thread.ts'
import { ClosedBundles } from '../sandbox/closed-bundle.ts'
import { BrowserThread } from './browser-thread.ts'
import { JobFrames } from './job-frames.ts'
import type { FrameMaker } from './page-frames.ts'

export interface BrowserThreadsOptions {
  readonly maker: FrameMaker
  readonly clock: Clock
  readonly log: Log
  /** What finds a bundle's imports. @default a parser */
  readonly bundles?: Pick<ClosedBundles, 'get'>
  /** Told whether the last attempt to make a sandbox came to nothing. */
  readonly onTrouble?: (isTroubled: boolean) => void
}

/** A maker of threads that run units in sandbox frames of a page; they share each job's frame. */
export function browserThreads(options: BrowserThreadsOptions): SpawnThread {
  const { maker, clock, log, bundles = new ClosedBundles(), onTrouble = () => {} } = options
  const frames = new JobFrames({ maker, clock, log, onTrouble })
  return () => new BrowserThread(frames, bundles, clock)
}
