/** What a researcher asks before anything is submitted. */
import { type DryRun, type DryRunOptions, dryRun } from './dry-run.ts'
import type { OpenSandbox } from './local-sandbox.ts'
import type { Work } from './work.ts'

export interface TryingOut {
  /**
   * Computes one input here, in two fresh sandbox processes one after the other, and tells whether they agree. Nothing is submitted. What the code throws
   * is the `error` of what it gives. @throws BundleError, BadArgument for what cannot be sent, and in a page, which has no sandbox process
   */
  dryRun<Input, Output, Value = Awaited<Output>>(
    work: Work<Input, Output>,
    input: Input,
    options?: DryRunOptions<Value>,
  ): Promise<DryRun<Value>>
}

export const tryingOut = (open: OpenSandbox): TryingOut => ({
  dryRun: (work, input, options) => dryRun(open, work, input, options),
})
