/** What a headless worker remembers of units it processed: a JSON line each, the oldest first, in `tmp_worker_files/history/<worker>.jsonl`. */

/** A worker keeps that many. */
export const HISTORY_UNITS = 1000

/** A unit that was processed here; whether its result was right is decided elsewhere, later. */
export interface ProcessedUnit {
  /** When it ended, ISO 8601. */
  readonly at: string
  /** As the worker is listed. */
  readonly worker: string
  /** Origin of the server. */
  readonly server: string
  /** Id of the job, hex. */
  readonly job: string
  readonly name: string
  /** What the job is for, and who submitted it, as they say. */
  readonly purpose: string
  readonly owner: string
  /** Random 128 bits, hex: the server's log names it too. */
  readonly lease: string
  readonly seconds: number
  /** Of the output, encoded; 0 where there is none. */
  readonly bytes: number
  /** The beginning of the output, where it is short. */
  readonly output?: string
  /** Why there is no output. */
  readonly errored?: string
}

export const historyLine = (unit: ProcessedUnit): string => `${JSON.stringify(unit)}\n`

/** The units of a file; a line that is damaged, as the last one of a worker that was killed, is left out. */
export function readHistory(text: string): ProcessedUnit[] {
  return text.split('\n').flatMap((line) => {
    try {
      const unit: unknown = line === '' ? undefined : JSON.parse(line)
      return isProcessedUnit(unit) ? [unit] : []
    } catch {
      return []
    }
  })
}

function isProcessedUnit(value: unknown): value is ProcessedUnit {
  if (typeof value !== 'object' || value === null) return false
  const unit = value as Readonly<Record<string, unknown>>
  const texts = ['at', 'worker', 'server', 'job', 'name', 'purpose', 'owner', 'lease'].every((key) => typeof unit[key] === 'string')
  const numbers = ['seconds', 'bytes'].every((key) => typeof unit[key] === 'number')
  return texts && numbers && ['output', 'errored'].every((key) => ['string', 'undefined'].includes(typeof unit[key]))
}
