import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ProcessedUnit, readHistory } from '../unit-history.ts'
import { jsonLine } from './json-line.ts'
import { table } from './table.ts'

export interface HistoryCommand {
  readonly home: string
  readonly limit: number
  readonly json: boolean
}

/** `dsage worker --history`: what the workers of this home processed, the newest first. */
export async function printHistory({ home, limit, json }: HistoryCommand): Promise<number> {
  const folder = join(home, 'tmp_worker_files', 'history')
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jsonl'))
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  const units = texts.flatMap(readHistory).sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
  const shown = units.slice(0, limit)
  process.stdout.write(json ? jsonLine(shown) : `${textOf(shown)}\n`)
  return 0
}

function textOf(units: readonly ProcessedUnit[]): string {
  if (units.length === 0) return 'No worker of this home has processed a unit.'
  const rows = units.map(({ at, worker, name, owner, seconds, bytes, output, errored }) => [
    ...[at.slice(0, 19).replace('T', ' '), worker, name, owner, seconds.toFixed(2)],
    errored ?? output ?? `${bytes} bytes`,
  ])
  return table([['When (UTC)', 'Worker', 'Job', 'For', 'Seconds', 'Result'], ...rows])
}
