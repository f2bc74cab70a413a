/** Looking at the cluster behind a connection. Every number is of the server that is connected: of several over one database each tells its own. */
import type { Connection } from './connection.ts'
import { BadArgument } from './errors.ts'
import { printable } from './printable.ts'
import { type ClientRow, type DeviceRow, LIMITS, type Page, type WorkerCount } from './protocol.ts'

/** What of this machine a connection may use; Node's entry supplies it, a browser has none. */
export interface LocalMachine {
  /** Shows a page in the default browser; false where there is no desktop. */
  showPage(url: string): Promise<boolean>
  /** The last lines of `server.log` or `worker.log` in the home directory. @throws BadArgument */
  lastLines(log: 'server' | 'worker', most: number): Promise<string[]>
}

const notInNode = async (): Promise<never> => {
  throw new BadArgument('Expected to run in Node, beside a browser and the log files: use webServerUrl(), or read them there.')
}
export const noMachine: LocalMachine = { showPage: notInNode, lastLines: notInNode }

export interface ListOptions {
  /** At most so many, from 1. @default 100 */
  readonly limit?: number
}

export interface ClusterView {
  /**
   * Units a second that the server decided (accepted, sealed or given up) in the last 10 seconds, counted from the first of them; 0 when there was none.
   * A unit is one input or more, so it says how busy the cluster is, not how fast its devices are. @throws Refused, NotConnected
   */
  clusterSpeed(): Promise<number>
  /** Devices that are connected, newest first; what they call themselves has its control characters escaped. @throws BadArgument, Refused, NotConnected */
  getWorkersList(options?: ListOptions): Promise<DeviceRow[]>
  /** Your account's connections, newest first, at most 1000; where you are the server's operator, everybody's. @throws BadArgument, Refused, NotConnected */
  getClientList(options?: ListOptions): Promise<ClientRow[]>
  /** How many connected devices hold units to compute, and how many none, as of a second ago at most. @throws Refused, NotConnected */
  getWorkerCount(): Promise<WorkerCount>
  /** The address of the portal. */
  webServerUrl(): string
  /** Opens the portal in the default browser and gives its address; where there is no desktop it prints that. @throws BadArgument in a page */
  webView(): Promise<string>
  /**
   * The last lines of the server's log, 1 to 10,000, with control characters escaped: of a server whose home is that of this connection, on this machine.
   * @default 50 @throws BadArgument that says what to do for a server elsewhere, or naming the file
   */
  serverLog(lines?: number): Promise<string[]>
  /** The same of the log that the workers of this home share. */
  workerLog(lines?: number): Promise<string[]>
}

/** Devices asked for at a time. */
const WORKERS_PER_PAGE = 200
const MOST_LINES = 10_000

export const clusterOf = (connection: Connection, machine: LocalMachine): ClusterView => ({
  clusterSpeed: async () => (await connection.request('status', {})).unitsPerSecond,
  getWorkersList: async ({ limit = 100 } = {}) => workersOf(connection, whole('limit', limit, Number.MAX_SAFE_INTEGER)),
  getClientList: async ({ limit = 100 } = {}) => {
    const { clients } = await connection.request('clients', { limit: whole('limit', limit, LIMITS.itemsPerMessage) })
    return clients.map((client) => ({ ...client, account: printable(client.account) }))
  },
  getWorkerCount: () => connection.request('workerCount', {}),
  webServerUrl: () => portalOf(connection),
  webView: async () => {
    const url = portalOf(connection)
    if (!(await machine.showPage(url))) console.log(`Open ${url} in a browser: there is no desktop here.`)
    return url
  },
  serverLog: (lines = 50) => logOf(connection, machine, 'server', lines),
  workerLog: (lines = 50) => logOf(connection, machine, 'worker', lines),
  // Not the list of its methods, at a prompt.
  [Symbol.for('nodejs.util.inspect.custom')]: () => `DSage at ${connection.url}`,
})

const portalOf = ({ url }: Connection): string => new URL('/', url).href

async function workersOf(connection: Connection, limit: number): Promise<DeviceRow[]> {
  const workers: DeviceRow[] = []
  for (let after: string | undefined, more = true; more && workers.length < limit; ) {
    const asked = { after, limit: Math.min(WORKERS_PER_PAGE, limit - workers.length) }
    const page: Page<DeviceRow> = await connection.request('workers', asked)
    for (const row of page.rows) workers.push({ ...row, name: printable(row.name), engine: printable(row.engine) })
    after = page.next
    more = after !== undefined
  }
  return workers
}

async function logOf({ url }: Connection, machine: LocalMachine, log: 'server' | 'worker', lines: number): Promise<string[]> {
  const most = whole('lines', lines, MOST_LINES)
  if (!/^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname))
    throw new BadArgument(
      `Expected a server of this machine, got ${url}: its ${log}.log is in the home directory there, tail -n ${most} ~/.dsage/${log}.log shows it.`,
    )
  return (await machine.lastLines(log, most)).map(printable)
}

function whole(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  const bounds = most === Number.MAX_SAFE_INTEGER ? 'from 1' : `from 1 to ${most}`
  throw new BadArgument(`Expected \`${name}\` to be a whole number ${bounds}, got ${String(value)}.`)
}
