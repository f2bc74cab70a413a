/** `dsage start`: a cluster on this machine that shows what it can do. */
import { StartFailed, TimedOut } from '../errors.ts'
import { DistributedFactor } from '../functions/factor/distributed-factor.ts'
import type { FactorResult } from '../functions/factor/factor-result.ts'
import { type LocalDSage, startAll } from '../local/start-all.ts'
import { printable } from '../printable.ts'
import type { DeviceRow } from '../protocol.ts'
import { within } from '../within.ts'
import type { WrittenInteger } from './arguments.ts'
import { confirm } from './confirmation.ts'
import { cancelLeftBehind, demonstrate, START_PURPOSE } from './demonstration.ts'
import { factorText, mistakesOf } from './factor-text.ts'
import { aborted, interruption } from './interruption.ts'
import { askPassphrase } from './passphrase.ts'
import { ProgressLine } from './progress-line.ts'
import { connectedDevices, readJob } from './rest.ts'
import { recordServer, runningServer } from './running-server.ts'
import { complaintsOf, type DeviceShare } from './start-verdict.ts'

export interface StartCommand {
  readonly home: string
  readonly once: boolean
  readonly number: WrittenInteger
  readonly workers: number
  readonly port?: number
  /** Seconds; only with `once`. */
  readonly timeout: number
}

/** Fewer units than this, and the workers check the answer as well. */
const FEW_UNITS = 20
const PROGRESS_EVERY_MS = 200
const STOP_SECONDS = 1

const say = (line: string) => process.stdout.write(`${line}\n`)
const complain = (line: string) => process.stderr.write(`${line}\n`)

/** Exit code 0, or 1 when `once` and something is not as promised. @throws StartFailed, NotConnected and what else the SDK throws */
export async function start(command: StartCommand): Promise<number> {
  const signal = interruption()
  const running = await runningServer(command.home)
  if (running !== undefined)
    throw new StartFailed(
      `A server of this home runs already at ${running.url} (process ${running.pid}): stop it first, or give another home with --home.`,
    )
  try {
    return await startCluster(command, signal)
  } catch (error) {
    // A terminal's Ctrl-C reaches server and workers too; that they are gone then is no failure.
    if (!signal.aborted) throw error
    return command.once ? 1 : 0
  }
}

async function startCluster(command: StartCommand, signal: AbortSignal): Promise<number> {
  const { home, workers, port, once } = command
  const d = await startAll({ home, workers, passphrase: askPassphrase, ...(port === undefined ? {} : { port }) })
  const forget = await recordServer(home, d.url)
  try {
    say(`Portal: ${d.url}`)
    if (workers < 2) complain(`Two devices have to agree, and ${workers} is started: the work waits until others join with "dsage worker".`)
    await cancelLeftBehind(d, d.url)
    const complaints = await factorTogether(d, command, signal)
    for (const complaint of complaints) complain(complaint)
    if (once || signal.aborted) return once && (signal.aborted || complaints.length > 0) ? 1 : 0
    say('A small demonstration goes on with the lowest priority; Ctrl-C ends everything.')
    await demonstrate(d, signal, workers)
    return 0
  } finally {
    await forget()
    await d.close()
  }
}

/** Factors the number, says who did it, and returns what is not as promised. */
async function factorTogether(d: LocalDSage, { number, once, timeout }: StartCommand, signal: AbortSignal): Promise<string[]> {
  const before = await connectedDevices(d.url)
  const startedAt = performance.now()
  const factoring = new DistributedFactor(d, number.text, {
    ...{ algebra: false, distributeFrom: 0, redundancy: { quorum: 2 }, ownDevices: false, visibility: 'public', purpose: START_PURPOSE },
    workers: Math.max(1, before.length),
  })
  const result = await factorsWithin(factoring, number, once ? timeout : undefined, signal)
  if (signal.aborted) return []
  say(`${number.text} = ${factorText(result)}`)
  const jobs = [factoring.id!]
  if (result.complete && (await unitsAccepted(d.url, jobs)) < FEW_UNITS) {
    say('That took the workers few units or none: they check the factors too.')
    const check = confirm(d, number.value, result)
    jobs.push(check.id)
    const held = within(check.wait(), once ? timeout : undefined, 'late').catch(() => undefined)
    const answers = await Promise.race([held, aborted(signal)])
    if (answers?.includes(false)) return [`Expected the workers to confirm the factors of ${number.text}, they do not.`]
  }
  const accepted = await unitsAccepted(d.url, jobs)
  const devices = sharesOf(before, await connectedDevices(d.url))
  const seconds = (performance.now() - startedAt) / 1000
  say(`${accepted} units accepted in ${seconds.toFixed(1)} s, computed by:`)
  for (const { name, returned, agreed } of devices) say(`  ${printable(name)}: ${returned} units returned, ${agreed} agreed`)
  const facts = { complete: result.complete, seconds, timeoutSeconds: once ? timeout : Number.POSITIVE_INFINITY }
  return complaintsOf({ ...facts, unitsAccepted: accepted, devices, mistakes: mistakesOf(number.value, result) })
}

/** The result, partial when it is late or interrupted. */
async function factorsWithin(factoring: DistributedFactor, number: WrittenInteger, timeout: number | undefined, signal: AbortSignal) {
  const line = new ProgressLine(`Factoring ${number.text.slice(0, 40)}`)
  const timer = setInterval(() => line.update(factoring.progress.fraction), PROGRESS_EVERY_MS)
  let result: FactorResult | undefined
  try {
    result = (await Promise.race([factoring.wait(timeout === undefined ? {} : { timeout }), aborted(signal)])) ?? undefined
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error
  } finally {
    clearInterval(timer)
    line.stop()
  }
  if (result === undefined) await within(factoring.stop(), STOP_SECONDS, 'not stopped').catch(() => {})
  return result ?? factoring.result!
}

async function unitsAccepted(url: string, jobs: readonly string[]): Promise<number> {
  const snapshots = await Promise.all(jobs.map((job) => readJob(url, job)))
  return snapshots.reduce((sum, { units }) => sum + units.accepted + units.sealed, 0)
}

/** What each connected device did since `before`: the devices of a home keep their counts from run to run. */
function sharesOf(before: readonly DeviceRow[], after: readonly DeviceRow[]): DeviceShare[] {
  const earlier = new Map(before.map((row) => [row.device, row]))
  const shares = after.map(({ device, name, returned, agreed }) => ({
    name,
    returned: returned - (earlier.get(device)?.returned ?? 0),
    agreed: agreed - (earlier.get(device)?.agreed ?? 0),
  }))
  return shares.sort((a, b) => a.name.localeCompare(b.name))
}
