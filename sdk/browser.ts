/** What a researcher imports in a browser. Reaches no `node:` module. */

export { BundleError, type BundleErrorCode, type Vars } from './bundle.ts'
export type { ListOptions } from './cluster.ts'
export type { ConnectionOptions } from './connection.ts'
export {
  DistributedFunction,
  type DistributedFunctionOptions,
  type KeyedUnit,
  type NextJob,
  type Processed,
  type ProcessedUnit,
} from './distributed-function.ts'
export type { DryRun, DryRunOptions } from './dry-run.ts'
export { type BundleFile, type BundleModule, type ConnectOptions, connect, type DSage } from './dsage.ts'
export {
  BadArgument,
  BadKey,
  DSageError,
  type Failure,
  InputsIncomplete,
  JobCancelled,
  JobFailed,
  JobPaused,
  NotConnected,
  RecordDamaged,
  Refused,
  type RemoteError,
  ResultRetracted,
  ResultsUnsealed,
  StartFailed,
  TimedOut,
} from './errors.ts'
export type { Estimate, EstimatedRange, EstimateOptions } from './estimate.ts'
export type { Deliver } from './event-fold.ts'
export { DistributedFunctionTest } from './functions/distributed-function-test.ts'
export { DistributedFactor, type DistributedFactorOptions } from './functions/factor/distributed-factor.ts'
export type { Certainty, FailedInput, InputResult } from './input-result.ts'
export { Job, type WaitOptions } from './job.ts'
export type { FileSource, JobFiles } from './job-files.ts'
export type { Compare, EvalOptions, JobOptions, MapOptions } from './job-options.ts'
export type { UnitOutput } from './job-output.ts'
export type { RecordOptions, RecordSummary } from './job-record.ts'
export type { JobProgress } from './job-watch.ts'
export { fromJson, type JsonValue, toJson } from './json.ts'
export type { KnownJob, KnownJobOptions } from './known-job.ts'
export { ExpressionError, Rational, type Value } from './math.ts'
export type { OutputSchema } from './output-schema.ts'
export { type Overhead, overheadOf } from './overhead.ts'
export type { MyJobsOptions } from './own-jobs.ts'
export type {
  ClientRow,
  ClusterStatus,
  DeviceRow,
  DifferingAnswers,
  JobSnapshot,
  JobState,
  Redundancy,
  Tolerance,
  WorkerCount,
} from './protocol.ts'
export { Rejection, reject } from './rejection.ts'
export type { Call, Scatter } from './scatter.ts'
export type { Verify, VerifyOption } from './verify.ts'
export type { Work, WorkBundle, WorkClass, WorkFunction, WorkObject } from './work.ts'
export type { WorkConsole, WorkContext, WorkFiles } from './work-context.ts'
