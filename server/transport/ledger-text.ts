/** The ledger as texts that are written while they are read. */
import { printable } from '../../sdk/printable.ts'
import type { LedgerRow } from '../../sdk/protocol.ts'

const COLUMNS = ['row', 'lease', 'n', 'job', 'device', 'account', 'team', 'kind', 'credit', 'grantedAt', 'createdAt'] as const

/** RFC 4180, with instants as ISO 8601 and credit exact to its millionths. */
export async function* csvOf(pages: AsyncIterable<readonly LedgerRow[]>): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n`
  for await (const rows of pages) yield rows.map(csvLine).join('')
}

/** One JSON object a line. */
export async function* jsonLinesOf(pages: AsyncIterable<readonly LedgerRow[]>): AsyncGenerator<string> {
  for await (const rows of pages) yield rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

const csvLine = ({ row, lease, n, job, device, account, team, kind, microcredits, grantedAt, createdAt }: LedgerRow): string =>
  `${[
    ...[row, lease, n, job ?? '', device, nameCell(account), team ?? '', kind, decimalOf(microcredits)],
    ...[new Date(grantedAt).toISOString(), new Date(createdAt).toISOString()],
  ].join(',')}\r\n`

function decimalOf(microcredits: number): string {
  const digits = String(Math.abs(microcredits)).padStart(7, '0')
  return `${microcredits < 0 ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`
}

/** What a person chose: in quotes, without control characters, and no formula for a spreadsheet. */
function nameCell(name: string | null): string {
  if (name === null) return ''
  const text = printable(name)
  return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
}
