import { decimal, instant, plural } from './english.ts'

export const home = {
  lead: 'Distributed computing in a browser tab: lend this computer to a computation you like, and see it get done.',
  lend: 'Lend my computer',
  lendHint: 'Nothing runs before you have agreed on the next page.',
  now: 'Right now',
  figures: {
    devices: 'Devices connected',
    threads: 'Threads lent',
    pace: 'Units per second',
    gflops: 'GFLOPS of sealed work (estimate)',
    results: 'Results recorded',
    decided: 'Units decided',
  },
  pace: 'Units per second in the last minute',
  spoken: (devices: number, pace: number) => `${plural(devices, 'device', 'devices')} connected, ${decimal(pace)} units per second.`,
  since: (at: number) => `Results and units since this server started, ${instant(at)}.`,
  running: 'Running now',
  allJobs: 'All jobs',
  nothing: 'No job runs at the moment. A tab that is lent now waits for the next one.',
} as const
