/** Results as JSON in a file, values as `toJson` writes them, so that none is rounded. */
import { type Failure, JobFailed } from './errors.ts'
import type { InputResult } from './input-result.ts'
import { toJson } from './json.ts'
import type { LocalFiles } from './saved-file.ts'

/** The results of a job as they come. */
export interface ComingResults {
  /** Name of the job. */
  readonly name: string
  readonly results: AsyncIterable<InputResult<unknown, unknown>>
}

const jsonOf = (value: unknown): string => JSON.stringify(toJson(value))

/** @throws BadArgument naming the file */
export const writeValue = (files: LocalFiles, file: string, value: unknown): Promise<void> => files.write(file, `${jsonOf(value)}\n`)

/** A list, one value a line, in the order of inputs. @throws what the results throw, JobFailed naming the first failed input, BadArgument naming the file */
export const writeValues = (files: LocalFiles, file: string, coming: ComingResults): Promise<void> => files.writeList(file, textsOf(coming))

async function* textsOf({ name, results }: ComingResults): AsyncGenerator<readonly [index: number, text: string], void, void> {
  const failures = new Map<number, Failure>()
  for await (const { index, value, error, state } of results) {
    failures.delete(index)
    if (error !== undefined) failures.set(index, { job: name, index, error })
    else if (state !== 'retracted') yield [index, jsonOf(value)]
  }
  if (failures.size === 0) return
  const first = [...failures.keys()].reduce((least, index) => Math.min(least, index))
  throw new JobFailed({ ...failures.get(first)!, failedInputs: failures.size })
}
