import SqliteConnection from 'better-sqlite3'
import pg from 'pg'
import type { Redundancy } from '../../sdk/protocol.ts'
import { type PostgresqlServer, startPostgresql } from '../support/postgresql-server.ts'
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
  /** Copies, audits and samples returned. */
  readonly leasesPerSecond: number
  readonly serverCpu: number
}

/** Units accepted and committed per second over `SECONDS`, and whether all that was acknowledged is there afterwards. */
async function measure(
  redundancy: Redundancy,
  environment: Readonly<Record<string, string>>,
  verify: (server: ServerProcess, acknowledged: number) => Promise<void>,
): Promise<Run> {
  const server = await ServerProcess.start(environment)
  const backlog = await Backlog.open(server.url, server.key)
  await backlog.submit(redundancy)
  await backlog.fillTo(QUEUE)
  const letGo = backlog.hold(QUEUE)
  const volunteers = new VolunteersProcess({ url: server.url, devices: DEVICES, batch: BATCH })
  await sleep(WARM_UP_SECONDS)
  const before = await backlog.snapshot()
  const returnedBefore = (await volunteers.report()).acknowledged
  const cpuBefore = server.cpuSeconds()
  const started = performance.now()
  await sleep(SECONDS)
  const after = await backlog.snapshot()
  const returned = (await volunteers.report()).acknowledged - returnedBefore
  const seconds = (performance.now() - started) / 1000
  const cpu = server.cpuSeconds() - cpuBefore
  await letGo()
  const { acknowledged } = await volunteers.stop()
  backlog.close()
  await server.stop('SIGKILL')
  await verify(server, acknowledged)
  await server.remove()
  const units = accepted(after) - accepted(before)
  return { unitsPerSecond: units / seconds, leasesPerSecond: returned / seconds, serverCpu: cpu / units }
}

const accepted = ({ units }: { units: { accepted: number; sealed: number } }): number => units.accepted + units.sealed

/** The database is opened anew after a SIGKILL: every acknowledged result must be there. */
async function verifySqlite(server: ServerProcess, acknowledged: number): Promise<void> {
  const database = new SqliteConnection(server.databaseFile)
  const recorded = database.prepare(recordedLeases).pluck().get() as number
  database.close()
  expectAll(acknowledged, recorded)
}

const recordedLeases = `SELECT count(*) AS recorded FROM "Lease" WHERE state IN ('pending', 'agreed', 'disagreed')`

/** Of the PostgreSQL that was named, else of one that is started for the bench; none where it is not installed. */
async function postgresql(runs: number, databaseUrl: string | undefined): Promise<Row[]> {
  const measureAt = (url: string) => medianRun('PostgreSQL quorum 1', runs, () => measurePostgresql({ quorum: 1 }, url))
  if (databaseUrl) return measureAt(databaseUrl)
  let own: PostgresqlServer
  try {
    own = await startPostgresql()
  } catch (error) {
    process.stderr.write(`PostgreSQL is left out: ${(error as Error).message}\n`)
    return []
  }
  return measureAt(own.url).finally(() => own.stop())
}

/** One run on a database of its own: units that an earlier run left open would be computed too. */
async function measurePostgresql(redundancy: Redundancy, databaseUrl: string): Promise<Run> {
  const name = `dsage_bench_${process.pid}_${Date.now()}`
  const admin = new pg.Client(databaseUrl)
  await admin.connect()
  await admin.query(`CREATE DATABASE ${name}`)
  const url = new URL(databaseUrl)
  url.pathname = `/${name}`
  try {
    return await measure(redundancy, { DATABASE_URL: url.href }, async (_, acknowledged) => {
      const client = new pg.Client(url.href)
      await client.connect()
      expectAll(acknowledged, Number((await client.query(recordedLeases)).rows[0]?.recorded))
      await client.end()
    })
  } finally {
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
    await admin.end()
  }
}

async function medianRun(name: string, runs: number, run: () => Promise<Run>): Promise<Row[]> {
  const measured: Run[] = []
  for (let i = 0; i < runs; i++) {
    measured.push(await run())
    process.stderr.write(
      `${name} run ${i + 1}: ${Math.round(measured.at(-1)?.unitsPerSecond ?? 0)} units/s, ${Math.round(measured.at(-1)?.leasesPerSecond ?? 0)} leases/s\n`,
    )
  }
  return [
    { name, value: median(measured.map((each) => each.unitsPerSecond)), unit: 'units/s' },
    { name: `${name}, leases`, value: median(measured.map((each) => each.leasesPerSecond)), unit: 'leases/s' },
    { name: `${name}, server CPU`, value: 1e6 * median(measured.map((each) => each.serverCpu)), unit: 'µs/unit' },
  ]
}

function expectAll(acknowledged: number, recorded: number): void {
  if (!(recorded >= acknowledged)) throw new Error(`Acknowledged ${acknowledged} results, found ${recorded} after the restart.`)
}

/** Durable units per second: accepted and committed. */
export async function throughput({ runs, databaseUrl }: { runs: number; databaseUrl?: string | undefined }): Promise<Report> {
  const rows = [
    ...(await medianRun('SQLite FULL quorum 1', runs, () => measure({ quorum: 1 }, {}, verifySqlite))),
    ...(await medianRun('SQLite FULL quorum 2', runs, () => measure({ quorum: 2 }, {}, verifySqlite))),
    ...(await medianRun('SQLite FULL targetError 1e-2', runs, () => measure({ targetError: 1e-2 }, {}, verifySqlite))),
  ]
  rows.push(...(await postgresql(runs, databaseUrl)), ...(await bullmq()))
  return { bench: 'throughput', settings: { devices: DEVICES, batch: BATCH, seconds: SECONDS, runs, queue: QUEUE }, rows }
}
