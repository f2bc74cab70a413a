import { cpus } from 'node:os'

/** One measured figure. */
export interface Row {
  readonly name: string
  readonly value: number
  readonly unit: string
}
export interface Report {
  readonly bench: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly rows: readonly Row[]
}

/** Prints a table for people, or with `json` one object and nothing else. */
export function printReport(report: Report, json: boolean): void {
  const machine = { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, node: process.version }
  if (json) {
    process.stdout.write(`${JSON.stringify({ bench: report.bench, machine, settings: report.settings, rows: report.rows })}\n`)
    return
  }
  const width = Math.max(...report.rows.map((row) => row.name.length))
  console.log(`\nbench ${report.bench} · ${machine.cores} × ${machine.cpu} · Node ${machine.node}`)
  console.log(
    Object.entries(report.settings)
      .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
      .join(' · '),
  )
  for (const { name, value, unit } of report.rows) console.log(`  ${name.padEnd(width)}  ${format(value).padStart(12)} ${unit}`)
}

function format(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.01) return value.toExponential(1)
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 10 ? 3 : Math.abs(value) < 100 ? 2 : 0 })
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)

/** The value below which `share` of `values` lie, by the nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN
}
