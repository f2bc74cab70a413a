import SqliteConnection from 'better-sqlite3'
import { Backlog } from './backlog.ts'
import { bullmq } from './bullmq.ts'
import { median, type Report, type Row } from './report.ts'
import { ServerProcess } from './server-process.ts'
import { sleep } from './sleep.ts'
import { VolunteersProcess } from './volunteers-process.ts'

const DEVICES = 40
const BATCH = 50
const WARM_UP_SECONDS = 5
const SECONDS = 20
const QUEUE = 60_000

interface Run {
  readonly unitsPerSecond: number
  readonly serverCpu: number
}

/** Units accepted and committed per second over `SECONDS`, and whether all that was acknowledged is there afterwards. */
async function measure(
  quorum: number,
  environment: Readonly<Record<string, string>>,
  verify: (server: ServerProcess, acknowledged: number) => Promise<void>,
): Promise<Run> {
  const server = await ServerProcess.start(environment)
  const backlog = await Backlog.open(server.url, server.token)
  await backlog.submit(quorum)
  await backlog.fillTo(QUEUE)
  const letGo = backlog.hold(QUEUE)
  const volunteers = new VolunteersProcess({ url: server.url, devices: DEVICES, batch: BATCH })
  await sleep(WARM_UP_SECONDS)
  const before = await backlog.snapshot()
  const cpuBefore = server.cpuSeconds()
  const started = performance.now()
  await sleep(SECONDS)
  const after = await backlog.snapshot()
  const seconds = (performance.now() - started) / 1000
  const cpu = server.cpuSeconds() - cpuBefore
  await letGo()
  const { acknowledged } = await volunteers.stop()
  backlog.close()
  await server.stop('SIGKILL')
  await verify(server, acknowledged)
  await server.remove()
  const units = accepted(after) - accepted(before)
  return { unitsPerSecond: units / seconds, serverCpu: cpu / units }
}

const accepted = ({ units }: { units: { accepted: number; sealed: number } }): number => units.accepted + units.sealed

/** The database is opened anew after a SIGKILL: every acknowledged result must be there. */
async function verifySqlite(server: ServerProcess, acknowledged: number): Promise<void> {
  const database = new SqliteConnection(server.databaseFile)
  const recorded = database
    .prepare(`SELECT count(*) FROM "Lease" WHERE state IN ('pending', 'agreed', 'disagreed')`)
    .pluck()
    .get() as number
  database.close()
  if (recorded < acknowledged) throw new Error(`Acknowledged ${acknowledged} results, found ${recorded} after the restart.`)
}

async function medianRun(name: string, quorum: number, runs: number, environment: Readonly<Record<string, string>> = {}): Promise<Row[]> {
  const measured: Run[] = []
  for (let i = 0; i < runs; i++) {
    measured.push(await measure(quorum, environment, environment.DATABASE_URL ? async () => {} : verifySqlite))
    process.stderr.write(`${name} run ${i + 1}: ${Math.round(measured.at(-1)?.unitsPerSecond ?? 0)} units/s\n`)
  }
  return [
    { name, value: median(measured.map((run) => run.unitsPerSecond)), unit: 'units/s' },
    { name: `${name}, server CPU`, value: 1e6 * median(measured.map((run) => run.serverCpu)), unit: 'µs/unit' },
  ]
}

/** Durable units per second: accepted and committed. */
export async function throughput(options: { runs: number; databaseUrl?: string | undefined }): Promise<Report> {
  const rows = [
    ...(await medianRun('SQLite FULL quorum 1', 1, options.runs)),
    ...(await medianRun('SQLite FULL quorum 2', 2, options.runs)),
  ]
  if (options.databaseUrl) rows.push(...(await medianRun('PostgreSQL quorum 1', 1, options.runs, { DATABASE_URL: options.databaseUrl })))
  rows.push(...(await bullmq()))
  return { bench: 'throughput', settings: { devices: DEVICES, batch: BATCH, seconds: SECONDS, runs: options.runs, queue: QUEUE }, rows }
}
