import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decode } from '../../sdk/codec.ts'
import { show } from '../../sdk/printable.ts'
import type { ReturnedUnit } from '../../sdk/protocol.ts'
import { HISTORY_UNITS, historyLine, type ProcessedUnit, readHistory } from '../../sdk/unit-history.ts'
import type { HeldUnit } from '../engine/pool.ts'

/** Larger outputs are named by their size: thousands of units may end in a second. */
const MOST_SHOWN_BYTES = 256
/** Lines are written together, that long after the first of them. */
const WRITE_AFTER_MS = 1000

/** The last units a worker processed, in a file of its own. What cannot be written is forgotten: the work goes on. */
export class UnitHistory {
  readonly #folder: string
  readonly #file: string
  readonly #about: Pick<ProcessedUnit, 'worker' | 'server'>
  #waiting: ProcessedUnit[] = []
  #timer: NodeJS.Timeout | undefined
  /** Lines of the file; unknown before it is first written to. */
  #lines: number | undefined

  constructor(home: string, about: Pick<ProcessedUnit, 'worker' | 'server'>) {
    this.#folder = join(home, 'tmp_worker_files', 'history')
    this.#file = join(this.#folder, `${about.worker}.jsonl`)
    this.#about = about
  }

  add({ brief, leased }: HeldUnit, result: ReturnedUnit, seconds: number): void {
    const { job, name, purpose, owner } = brief
    const came = 'errored' in result ? { bytes: 0, errored: `${result.errored}: ${result.message}` } : ofOutput(result.output)
    this.#waiting.push({ at: new Date().toISOString(), ...this.#about, job, name, purpose, owner, lease: leased.lease, seconds, ...came })
    if (this.#waiting.length > 2 * HISTORY_UNITS) this.#waiting = this.#waiting.slice(-HISTORY_UNITS)
    this.#timer ??= setTimeout(() => this.write(), WRITE_AFTER_MS).unref()
  }

  /** Brings what waits to the file at once. */
  write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const units = this.#waiting.slice(-HISTORY_UNITS)
    this.#waiting = []
    if (units.length === 0) return
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      if (this.#lines === undefined) this.#open()
      if (this.#lines! + units.length > 2 * HISTORY_UNITS) this.#replace(units)
      else {
        appendFileSync(this.#file, units.map(historyLine).join(''), { mode: 0o600 })
        this.#lines! += units.length
      }
    } catch {
      this.#lines = undefined // a full disk, say
    }
  }

  /** The last line may be unfinished: the next one does not go on in it. */
  #open(): void {
    this.#lines = this.#read().length
    appendFileSync(this.#file, '\n', { mode: 0o600 })
  }

  /** Twice as many as are kept have come: the newest stay. */
  #replace(units: readonly ProcessedUnit[]): void {
    const kept = [...this.#read(), ...units].slice(-HISTORY_UNITS)
    const beside = `${this.#file}.${process.pid}.unfinished`
    writeFileSync(beside, kept.map(historyLine).join(''), { mode: 0o600 })
    renameSync(beside, this.#file)
    this.#lines = kept.length
  }

  #read(): ProcessedUnit[] {
    try {
      return readHistory(readFileSync(this.#file, 'utf8'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }
}

function ofOutput(output: Uint8Array): Pick<ProcessedUnit, 'bytes' | 'output'> {
  const bytes = output.byteLength
  return bytes > MOST_SHOWN_BYTES ? { bytes } : { bytes, output: shown(output) }
}

function shown(output: Uint8Array): string {
  try {
    const values = decode(output) as { value?: unknown; error?: { name: string; message: string } }[]
    return values.map(({ value, error }) => (error ? `${error.name}: ${error.message}` : show(value, 80))).join(', ')
  } catch {
    return 'not readable'
  }
}
