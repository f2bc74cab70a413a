import { indexOfText, isArray, objectTag, sliceText, stringify, toText, toWellFormed } from './primordials.ts'

const METHODS = ['assert', 'debug', 'dir', 'error', 'info', 'log', 'table', 'trace', 'warn'] as const

/** What `value` prints as. Job code's own `toJSON` may run here; it can only change its own console. */
function printed(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint') return `${value}n`
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return toText(value)
  try {
    const error = value as { name?: unknown; message?: unknown }
    if (!isArray(value) && typeof error.message === 'string' && typeof error.name === 'string') return `${error.name}: ${error.message}`
    const json: unknown = stringify(value)
    if (typeof json === 'string') return json
  } catch {
    // Circular, a BigInt inside or a hostile getter: the tag below says at least what it is.
  }
  return objectTag(value)
}

/** Stands where the rest is missing. */
const CUT = '\n… the rest of what this unit printed was dropped\n'

/** A console that keeps the first `capacity` characters of a unit and says when there were more; nothing reaches the device's own console. */
export class CapturedConsole {
  #text = ''
  #cut = false
  readonly #capacity: number
  /** What job code sees as `console`. */
  readonly api: Readonly<Record<string, (...values: unknown[]) => void>>

  constructor(capacity: number) {
    this.#capacity = capacity
    const api: Record<string, (...values: unknown[]) => void> = {}
    for (const name of METHODS) {
      const skipped = name === 'assert' ? 1 : 0
      api[name] = (...values) => {
        if (name !== 'assert' || !values[0]) this.#print(values, skipped)
      }
    }
    for (const name of ['clear', 'count', 'countReset', 'group', 'groupCollapsed', 'groupEnd', 'time', 'timeEnd', 'timeLog'])
      api[name] = () => {}
    this.api = api
  }

  #print(values: unknown[], from: number): void {
    if (this.#cut) return
    let line = ''
    for (let i = from; i < values.length && line.length < this.#capacity; i++) line += (i === from ? '' : ' ') + printed(values[i])
    const text = `${this.#text}${line}\n`
    this.#cut = text.length > this.#capacity
    this.#text = this.#cut ? sliceText(text, 0, this.#capacity - CUT.length) + CUT : text
  }

  /** Forgets what an earlier unit printed. */
  clear(): void {
    this.#text = ''
    this.#cut = false
  }

  /** In place of what was printed so far. */
  restore(text: string): void {
    this.#text = text
    this.#cut = indexOfText(text, CUT) >= 0
  }

  /** The captured text; control characters are as the job wrote them and are escaped where it is shown. */
  get text(): string {
    return toWellFormed(this.#text)
  }
}
