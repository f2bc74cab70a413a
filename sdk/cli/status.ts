import { DEFAULT_PORT } from '../local/server.ts'
import type { ClusterStatus, DeviceRow } from '../protocol.ts'
import { jobTable } from './job-table.ts'
import { jsonLine } from './json-line.ts'
import { connectedDevices, readJobs, readStatus } from './rest.ts'
import { runningServer } from './running-server.ts'
import { table } from './table.ts'
import { showSights } from './watching.ts'

export interface StatusCommand {
  readonly home: string
  readonly url?: string
  readonly json: boolean
  readonly watch: boolean
}

const JOBS_SHOWN = 10

/** `dsage status` @throws NotConnected when no server answers */
export async function printStatus({ home, json, watch, ...options }: StatusCommand): Promise<number> {
  const url = options.url ?? (await runningServer(home))?.url ?? `http://127.0.0.1:${DEFAULT_PORT}`
  const look = async () => {
    const [status, devices, jobs] = await Promise.all([readStatus(url), connectedDevices(url), readJobs(url)])
    const tables = () =>
      `${summary(url, status)}\n\n${deviceTable(devices)}\n\n${jobs.length === 0 ? 'There are no jobs.' : jobTable(jobs.slice(0, JOBS_SHOWN), 'Newest jobs')}\n`
    return { text: json ? jsonLine({ url, status, devices, jobs }) : tables(), over: false }
  }
  await showSights(look, { again: watch, inPlace: !json })
  return 0
}

function summary(url: string, status: ClusterStatus): string {
  const { version, database, devicesConnected, threadsConnected, unitsPerSecond, gflops, callsWaiting, queueAgeMs, jobs } = status
  return table([
    ['Server', `${url}, version ${version}, ${database}`],
    ['Devices', `${devicesConnected} connected, ${threadsConnected} threads`],
    ['Speed', `${unitsPerSecond.toFixed(1)} units/s, about ${gflops.toFixed(1)} GFLOPS of sealed work`],
    ['Queue', `${callsWaiting} calls, the oldest ${queueAgeMs.toFixed(0)} ms`],
    ['Jobs', `${jobs.running} running, ${jobs.paused} paused, ${jobs.finished} finished, ${jobs.failed} failed`],
  ])
}

function deviceTable(devices: readonly DeviceRow[]): string {
  const rows = devices.map(({ name, kind, own, state, returned, agreed, errored }) => [
    name,
    kind,
    own ? 'own' : 'anonymous',
    state,
    returned,
    agreed,
    errored,
  ])
  return rows.length === 0
    ? 'No device is connected.'
    : table([['Device', 'Kind', 'Whose', 'Trust', 'Returned', 'Agreed', 'Errored'], ...rows])
}
