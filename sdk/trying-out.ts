/** What a researcher asks before anything is submitted. */
import { type DryRun, type DryRunOptions, dryRun } from './dry-run.ts'
import { type Estimate, type EstimateOptions, estimate } from './estimate.ts'
import type { Reach } from './known-job.ts'
import type { OpenSandbox } from './local-sandbox.ts'
import type { VerifyOption } from './verify.ts'
import type { Work } from './work.ts'

export interface TryingOut {
  /**
   * Computes one input here, in two fresh sandbox processes one after the other, and tells whether they agree. Nothing is submitted. What the code throws
   * is the `error` of what it gives. @throws BundleError, BadArgument for what cannot be sent, and in a page, which has no sandbox process
   */
  dryRun<Input, Output, Value = Awaited<Output>>(
    work: Work<Input, Output>,
    input: Input,
    options?: DryRunOptions<Value> & VerifyOption<NoInfer<Input>, NoInfer<Awaited<Output>>>,
  ): Promise<DryRun<Value>>
  /**
   * What a map of all these inputs would take, from a few of them that are computed here, one after the other. Nothing is submitted; all inputs are read
   * once, so that a generator is used up. @throws as `dryRun`; Refused, NotConnected
   */
  estimate<Input, Output, Value = Awaited<Output>>(
    work: Work<Input, Output>,
    inputs: Iterable<Input> | AsyncIterable<Input>,
    options?: EstimateOptions<Value> & VerifyOption<NoInfer<Input>, NoInfer<Awaited<Output>>>,
  ): Promise<Estimate>
}

export const tryingOut = ({ connection, files: local }: Reach, open: OpenSandbox): TryingOut => ({
  dryRun: (work, input, options) => dryRun(open, work, input, options, local),
  estimate: (work, inputs, options) => estimate({ open, local, status: () => connection.request('status', {}) }, work, inputs, options),
})
