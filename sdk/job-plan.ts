import type { MapOptions } from './job-options.ts'
import type { JobFile, JobSpec } from './protocol.ts'
import type { LocalFiles } from './saved-file.ts'

/** What a job is made of; `code` and `files` may throw, that is a submission error. */
export interface JobPlan<Input> {
  readonly kind: JobSpec['kind']
  /** Name when the options give none. */
  readonly defaultName: string
  readonly code: () => string | Promise<string>
  /** Sends the files that the options name, and says under which digests the server has them. */
  readonly files: () => Promise<{ readonly files?: readonly JobFile[] }>
  /** What the researcher wrote of it, for the places in stacks. */
  readonly source?: string
  readonly inputs: Iterable<Input> | AsyncIterable<Input>
  /** Whether the result is the value of the only input rather than a list. */
  readonly single: boolean
  readonly options: MapOptions
  /** Files of this machine, for what is saved. */
  readonly local: LocalFiles
}
