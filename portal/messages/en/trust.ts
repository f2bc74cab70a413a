import type { DeviceTrust, JobChecking, JobWaiting, Redundancy, StrikeRow } from '../../../sdk/protocol.ts'
import { count, fineDecimal, finePercent, instant, percent, plural } from './english.ts'

type Checked = Pick<JobChecking, 'redundancy' | 'verify'>
const checkedBy = ({ redundancy, verify }: Checked): string =>
  verify ? `By its \`verify\`; where the job’s code throws: ${agreed(redundancy)}` : capital(agreed(redundancy))

const agreed = (redundancy: Redundancy): string => {
  if (redundancy === 'none') return 'one word suffices'
  if ('quorum' in redundancy) return `${plural(redundancy.quorum, 'independent holder', 'independent holders')} must agree`
  return `error of at most ${finePercent(redundancy.targetError)}, by what devices have earned`
}

const capital = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1)

/** That a job may ask for. */
const LARGEST_TARGET_ERROR = 1e-2

/** What a job asks for is fixed: with another quorum or target error it is another job. */
function waysAnew(redundancy: Redundancy): string[] {
  if (redundancy === 'none') return []
  if ('quorum' in redundancy) return ['to submit it anew with a smaller quorum']
  const fixed = 'to submit it anew with a fixed quorum, as { quorum: 2 }'
  return redundancy.targetError < LARGEST_TARGET_ERROR ? [fixed, 'to submit it anew with a larger target error'] : [fixed]
}

export const trust = {
  job: {
    checked: 'How results are checked',
    checkedBy,
    overhead: 'Copies for each decided unit',
    copies: fineDecimal,
    audits: 'Share of copies that were checks',
    wasted: 'Share of copies thrown away',
    alone: 'Units that stand on one word',
    engine: 'Engine',
    engineOnly: (engine: string) => `${engine} alone`,
    share: percent,
    waiting: ({ needed, present }: JobWaiting) =>
      `It needs more devices: ${plural(needed, 'is needed', 'are needed')}, ${plural(present, 'is here', 'are here')}. What would help:`,
    ways: ({ redundancy, verify }: Checked): string[] => [
      'more devices, lent by different people',
      'a device of your own: its word counts alone',
      ...(verify ? [] : ['to submit it anew with `verify`, where a result is cheap to check', ...waysAnew(redundancy)]),
    ],
    waitingShort: ({ needed, present }: JobWaiting) =>
      `It needs more devices: ${count(needed)}, of which ${plural(present, 'is', 'are')} here.`,
    closing: (since: number) =>
      `Nothing is open. What stands on one word waits for another device to compute it once more, since ${instant(since)}.`,
    differing: {
      title: 'Two answers that differ',
      lead: 'Its code should give the same output wherever it runs, and did not.',
      unit: (unit: string, place: number) => (place === 0 ? `Unit ${unit}` : `Unit ${unit}, input ${count(place)} of it`),
      input: 'Input',
      answer: (devices: number, engines: readonly string[]) => `${plural(devices, 'device', 'devices')}, ${engines.join(', ')}`,
      gone: 'Not kept any more.',
      notYours: 'Its owner sees two of the answers with `job.differences()` or `dsage job`.',
    },
    sensitive: 'Engines were seen to differ in its results: all copies of a unit are given to one kind of engine.',
  },
  title: 'What this browser’s word counts',
  lead: 'Results that independent devices confirm raise it. Nobody is punished for closing a tab or being late.',
  none: 'No result of this browser has been checked yet.',
  table: 'Trust by engine',
  column: { engine: 'Engine', state: 'Trust', checks: 'Checks passed', strikes: 'Strikes', returned: 'Returned' },
  checks: (checks: number, of: number) => `${plural(checks, 'check', 'checks')} of ${of}`,
  raise: {
    new: 'It is new: each result is computed by somebody else too. Three confirmed results begin its probation, ten make it trusted.',
    probation: 'It is on probation: some of its results are still computed by somebody else too. Ten confirmed results make it trusted.',
    trusted: 'It is trusted: most of its results count alone, and one in twenty is checked.',
    suspect: 'It is suspect since its last strike: every result is checked. Twenty passed checks in a row put it back on probation.',
  } satisfies Record<DeviceTrust['state'], string>,
  strikes: 'Strikes',
  noStrikes: 'No strikes.',
  given: {
    copy: 'Other devices agreed on another answer for this unit.',
    audit: 'The unit was decided already and was given out to check this device; its answer was another.',
    sample: 'The unit was computed once more at the end of its job, and the answers differed.',
    again: 'The unit was computed once more since another device was struck, and the answers differed.',
  } satisfies Record<StrikeRow['given'], string>,
  unitOf: (unit: string, job: string) => `Unit ${unit} of ${job}`,
  forgotten: 'a job that was forgotten',
  reverted: 'Taken back',
  at: instant,
  answered: 'It answered',
  accepted: 'Accepted was',
  older: 'Older strikes',
  appeal: {
    label: 'Say something against a strike or a ban',
    hint: (left: number) => `The owner of this server reads it. ${plural(left, 'character', 'characters')} left.`,
    send: 'Send',
    sent: 'The owner of this server can read it now.',
    before: 'You have said:',
    theirs: 'Appeal:',
  },
  show: (name: string) => `Trust and strikes of ${name}`,
  shown: 'Trust and strikes',
} as const
