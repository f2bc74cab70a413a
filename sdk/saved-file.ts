/** What is saved of jobs and computations: a small JSON text that says what it is, so that a damaged, foreign or newer one is named. */
import { BadArgument } from './errors.ts'
import { fromJson, type JsonValue, toJson } from './json.ts'
import { printable } from './printable.ts'

/** Files of this machine; Node's entry supplies them, a browser has none. */
export interface LocalFiles {
  /** The text of a file. @throws BadArgument naming it */
  read(file: string): Promise<string>
  /** Replaces a file as a whole or not at all, readable by its owner alone. @throws BadArgument naming it */
  write(file: string, text: string): Promise<void>
  /** The bytes of a file, read when they are asked for. @throws BadArgument naming it */
  open(file: string | URL): Promise<Blob>
  /**
   * Replaces a file, likewise, by a JSON list of texts in the order of their positions, which come in any order; a later one takes the place of an
   * earlier one of its position. @throws what they throw, BadArgument naming the file
   */
  writeList(file: string, texts: AsyncIterable<readonly [position: number, text: string]>): Promise<void>
}

const nowhere = async (): Promise<never> => {
  throw new BadArgument('Expected to run in Node to read or write a file; keep the id of the job instead.')
}
export const noFiles: LocalFiles = { read: nowhere, write: nowhere, writeList: nowhere, open: nowhere }

const VERSION = 1

export interface Saved {
  /** Id of the job. */
  readonly job: string
  /** Where a computation stood; absent when it is to be replayed from its start. */
  readonly state?: unknown
}

/** Whether the text is the id of a job rather than the name of a file. */
export const isJobId = (text: string): boolean => /^[0-9a-f]{32}$/.test(text)

/** @throws BadArgument unless it is the id of a job */
export function requireJobId(id: string): string {
  if (isJobId(id)) return id
  throw new BadArgument(
    `Expected the id of a job, 32 hex digits, got ${printable(String(id))}; d.getMyJobs() and \`dsage jobs\` list yours.`,
  )
}

/** The text of a saved file; what `state` holds may change afterwards. @param what name of the class of a computation */
export function savedText(what: string, { job, state }: Saved): string {
  return `${JSON.stringify({ dsage: what, version: VERSION, job, ...(state === undefined ? {} : { state: toJson(state) }) })}\n`
}

/** @throws BadArgument naming the file and what is wrong with it */
export async function readSaved(files: LocalFiles, file: string, what: string): Promise<Saved> {
  const text = await files.read(file)
  const wrong = (expected: string, got: string) => new BadArgument(`Expected ${printable(file)} to hold ${expected}, got ${got}.`)
  let content: Record<string, unknown>
  try {
    content = Object(JSON.parse(text))
  } catch (error) {
    throw new BadArgument(
      `Expected ${printable(file)} to be a file that save() wrote, it is damaged: ${printable((error as Error).message)}.`,
      error,
    )
  }
  const { dsage, version, job, state } = content
  if (typeof dsage !== 'string' || typeof version !== 'number') throw wrong('what save() wrote', 'something else; give the right file')
  if (version > VERSION) throw wrong(`format ${VERSION} or older`, `format ${version}: a newer dsage wrote it, use that one`)
  if (dsage !== what) throw wrong(`a saved ${what}`, `a saved ${printable(dsage)}; restore it as that`)
  if (typeof job !== 'string' || !isJobId(job)) throw wrong('the id of a job', 'none; the file is damaged')
  try {
    return { job, ...(state === undefined ? {} : { state: fromJson(state as JsonValue) }) }
  } catch (error) {
    throw new BadArgument(`Expected ${printable(file)} to hold a saved state, it is damaged: ${(error as Error).message}`, error)
  }
}
