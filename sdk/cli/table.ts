import { printable } from '../printable.ts'

/** Rows of cells in columns, numbers to the right, control characters escaped. The first row is the heading. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => printable(String(cell))))
  const widths = cells.reduce<number[]>((widest, row) => row.map((cell, i) => Math.max(cell.length, widest[i] ?? 0)), [])
  const isNumeric = widths.map((_, i) => rows.slice(1).every((row) => typeof row[i] === 'number'))
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return cells.map(line).join('\n')
}
