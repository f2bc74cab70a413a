/** `dsage credit`: who earned how much by sealed results, and the ledger of it. */
import { pipeline } from 'node:stream/promises'
import { NotConnected } from '../errors.ts'
import { DEFAULT_PORT } from '../local/server.ts'
import { printable } from '../printable.ts'
import type { AccountCredit, CreditStanding, DeviceCredit, TeamRow } from '../protocol.ts'
import { jsonLine } from './json-line.ts'
import { readLeaders } from './rest.ts'
import { runningServer } from './running-server.ts'
import { table } from './table.ts'

export interface CreditCommand {
  readonly home: string
  readonly url?: string
  readonly of: 'accounts' | 'devices' | 'teams'
  readonly limit: number
  readonly json: boolean
  readonly ledger?: 'csv' | 'ndjson'
}

/** @throws NotConnected when no server answers */
export async function printCredit({ home, of, limit, json, ledger, ...options }: CreditCommand): Promise<number> {
  const url = options.url ?? (await runningServer(home))?.url ?? `http://127.0.0.1:${DEFAULT_PORT}`
  if (ledger) return writeLedger(url, ledger)
  const rows = await readLeaders<AccountCredit | DeviceCredit | TeamRow>(url, of, limit)
  process.stdout.write(json ? jsonLine(rows) : `${tableOf(of, rows)}\n`)
  return 0
}

function tableOf(of: CreditCommand['of'], rows: readonly (AccountCredit | DeviceCredit | TeamRow)[]): string {
  if (rows.length === 0) return `No ${of} have sealed credit yet.`
  const head = { accounts: 'Account', devices: 'Device', teams: 'Team' }[of]
  return table([
    [head, 'Credit', 'Recent average', 'Results', 'Badges'],
    ...rows.map((row) => [printable(nameOf(row)), ...amountsOf(row), row.results, row.badges.join(' ')]),
  ])
}
const nameOf = (row: AccountCredit | DeviceCredit | TeamRow): string => ('account' in row ? row.account : row.name)
const amountsOf = ({ credit, recentAverage }: CreditStanding) => [credit.toFixed(1), recentAverage.toFixed(1)]

async function writeLedger(url: string, form: 'csv' | 'ndjson'): Promise<number> {
  const answer = await fetch(new URL(`/api/v1/credit/ledger.${form}`, url)).catch(() => undefined)
  if (!answer?.ok || !answer.body) throw new NotConnected(`Expected a DSage server at ${url} with a ledger, none answered; give --url.`)
  await pipeline(answer.body, process.stdout, { end: false })
  return 0
}
