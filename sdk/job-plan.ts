import type { MapOptions } from './job-options.ts'
import type { JobFile, JobSpec } from './protocol.ts'

/** What a job is made of; `code` and `files` may throw, that is a submission error. */
export interface JobPlan<Input> {
  readonly kind: JobSpec['kind']
  /** Name when the options give none. */
  readonly defaultName: string
  readonly code: () => string | Promise<string>
  /** What says whether an output is right, where something does; may throw likewise. */
  readonly verify?: () => string | undefined | Promise<string | undefined>
  /** Sends the files that the options name, and says under which digests the server has them. */
  readonly files: () => Promise<{ readonly files?: readonly JobFile[] }>
  /** What the researcher wrote of it, for the places in stacks. */
  readonly source?: string
  readonly inputs: Iterable<Input> | AsyncIterable<Input>
  /** Whether the result is the value of the only input rather than a list. */
  readonly single: boolean
  readonly options: MapOptions
}
