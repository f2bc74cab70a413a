/** Every sentence of the portal. Functions make sentences with figures in them; what comes from devices is escaped before it gets here. */
import type { JobState } from '../sdk/protocol.ts'

const count = new Intl.NumberFormat('en')
const decimal = new Intl.NumberFormat('en', { maximumFractionDigits: 1, minimumFractionDigits: 1 })
const plural = (n: number, one: string, many: string): string => `${count.format(n)} ${n === 1 ? one : many}`

/** Filled into index.html when the portal is built. */
export const page = {
  title: 'DSage',
  skip: 'Skip to the content',
  lead: 'Distributed computing in a browser tab: what this server computes, and on which devices.',
  connecting: 'Connecting to the server …',
  noScript: 'This page shows live figures and needs JavaScript for it.',
  status: 'Status',
  jobs: 'Jobs',
  devices: 'Devices',
  loading: 'Loading …',
  device: 'Device',
  whose: 'Whose',
  kind: 'Kind',
  returned: 'Returned',
  agreed: 'Agreed',
  footer: 'All figures are measured by this server since it started.',
} as const

export const sentences = {
  connection: {
    connecting: page.connecting,
    live: 'Live.',
    lost: 'The server does not answer. Trying again; the figures below are the last it gave.',
  },
  figures: {
    devices: 'Devices',
    threads: 'Threads',
    pace: 'Units per second',
    decided: 'Units decided',
    results: 'Results recorded',
    queue: 'Calls waiting',
    running: 'Jobs running',
    server: 'Server',
  },
  number: (n: number) => count.format(n),
  pace: (unitsPerSecond: number) => decimal.format(unitsPerSecond),
  queue: (calls: number, ageMs: number) => (calls === 0 ? '0' : `${count.format(calls)}, the oldest ${count.format(Math.round(ageMs))} ms`),
  server: (version: string, database: string) => `${version}, ${database === 'sqlite' ? 'SQLite' : 'PostgreSQL'}`,
  states: {
    'awaiting-approval': 'Awaiting approval',
    running: 'Running',
    paused: 'Paused',
    finished: 'Finished',
    failed: 'Failed',
    cancelled: 'Cancelled',
    rejected: 'Rejected',
  } satisfies Record<JobState, string>,
  units: (decided: number, all: number) => `${count.format(decided)} of ${plural(all, 'unit', 'units')}`,
  unitsSoFar: (decided: number, open: number) => `${plural(decided, 'unit', 'units')} decided so far, ${count.format(open)} open`,
  progressOf: (job: string) => `Progress of ${job}`,
  jobsNote: (shown: number, more: boolean) =>
    shown === 0 ? 'There are no jobs yet. "dsage factor 11^150+1" submits one.' : more ? `The newest ${count.format(shown)} jobs.` : '',
  devicesNote: (shown: number, away: number) => {
    const gone = away === 0 ? '' : ` ${plural(away, 'device that was here before is', 'devices that were here before are')} not connected.`
    return shown === 0 ? `No device is connected; "dsage worker" lends this machine.${gone}` : gone.trim()
  },
  own: 'Own',
  anonymous: 'Anonymous',
  kinds: { browser: 'Browser', headless: 'Headless' },
  nameless: 'Without a name',
} as const
