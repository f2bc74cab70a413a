import type { DifferingAnswer, DifferingAnswers, JobSnapshot, ShownText } from '../protocol.ts'
import { table } from './table.ts'

/** Whether it is paused since its outputs differ from device to device. */
export const isNonDeterministic = ({ reason }: Pick<JobSnapshot, 'reason'>): boolean => reason?.startsWith('non-deterministic') === true

const shown = ({ text, truncated }: ShownText): string => (text === undefined ? 'not kept any more' : truncated ? `${text}…` : text)

const whose = ({ devices, engineClasses }: DifferingAnswer): string =>
  `${devices} ${devices === 1 ? 'device' : 'devices'}, ${engineClasses.join(', ')}`

/** Two answers under each other, so that they can be compared. The server has escaped and cut them. */
export function differingText({ unit, place, input, answers }: DifferingAnswers): string {
  return table([
    ['Answers that differ', ''],
    ['Unit', place === 0 ? unit : `${unit}, input ${place} of it`],
    ['Input', shown(input)],
    ...answers.map((answer): [string, string] => [whose(answer), shown(answer)]),
  ])
}
