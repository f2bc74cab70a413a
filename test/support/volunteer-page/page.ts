/** The smallest page that lends its device: what the portal does with the engine, and nothing to look at. */
import { type TabResult, Volunteer, whatIsMissing } from '../../../web-worker-client/index.ts'

const results: Pick<TabResult, 'job' | 'jobName' | 'seconds'>[] = []
const options = {
  url: location.origin,
  threads: Number(new URL(location.href).searchParams.get('threads') ?? 1),
  makeWorker: () => new Worker('/engine.js', { type: 'module' }),
  onResult: ({ job, jobName, seconds }: TabResult) => results.push({ job, jobName, seconds }),
}

/** The second stands for the engine of another tab: it shares nothing with the first but the profile. */
Object.assign(globalThis, {
  volunteer: new Volunteer(options),
  second: new Volunteer(options),
  results,
  whatIsMissing,
  frames: () => document.querySelectorAll('iframe').length,
})
