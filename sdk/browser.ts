/** What a researcher imports in a browser. Reaches no `node:` module. */
export type { ConnectionOptions } from './connection.ts'
export {
  DistributedFunction,
  type DistributedFunctionOptions,
  type KeyedUnit,
  type NextJob,
  type ProcessedUnit,
} from './distributed-function.ts'
export { type BundleModule, type ConnectOptions, connect, type DSage, type WorkBundle, type WorkFunction } from './dsage.ts'
export {
  BadArgument,
  DSageError,
  type Failure,
  JobCancelled,
  JobFailed,
  NotConnected,
  Refused,
  ResultRetracted,
  StartFailed,
  TimedOut,
} from './errors.ts'
export { DistributedFunctionTest } from './functions/distributed-function-test.ts'
export { DistributedFactor, type DistributedFactorOptions } from './functions/factor/distributed-factor.ts'
export type { FailedInput, InputResult, Job, WaitOptions } from './job.ts'
export type { JobOptions, MapOptions } from './job-options.ts'
export { Rational, type Value } from './math.ts'
export type { ClusterStatus, JobSnapshot, JobState, Redundancy } from './protocol.ts'
export type { Call, Scatter } from './scatter.ts'
export type { WorkConsole, WorkContext, WorkFiles } from './work-context.ts'
