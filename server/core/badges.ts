/**
 * Which badges does a total earn? Ten, in this one table, each a threshold on what sealed credit says, so that anybody who has the ledger can
 * check them; credit that is taken back takes its badges with it. Rejected: badges for being early or connected, which claims could earn.
 */
import { MICROCREDITS } from './credit.ts'

/** A total as badges look at it. */
export interface Standing {
  readonly microcredits: number
  readonly results: number
  /** Microcredits a day. */
  readonly recent: number
}
export interface Badge {
  readonly id: string
  readonly name: string
  /** What earns it, in a sentence. */
  readonly earnedBy: string
  readonly isEarned: (standing: Standing) => boolean
}

const HOUR = 3600
const DAY = 24 * HOUR
const YEAR = 365 * DAY
const credit = (id: string, name: string, seconds: number, time: string): Badge => ({
  ...{ id, name, earnedBy: `${time} of the reference computer, as sealed credit.` },
  isEarned: ({ microcredits }) => microcredits >= seconds * MICROCREDITS,
})
const results = (id: string, name: string, count: number, what: string): Badge => ({
  ...{ id, name, earnedBy: `${what} with sealed credit.`, isEarned: (standing: Standing) => standing.results >= count },
})

export const BADGES: readonly Badge[] = [
  results('first-result', 'First result', 1, 'One result'),
  results('hundred-results', 'Hundred results', 100, 'A hundred results'),
  results('ten-thousand-results', 'Ten thousand results', 10_000, 'Ten thousand results'),
  credit('hour', 'An hour', HOUR, 'An hour'),
  credit('day', 'A day', DAY, 'A day'),
  credit('week', 'A week', 7 * DAY, 'A week'),
  credit('month', 'A month', 30 * DAY, 'Thirty days'),
  credit('year', 'A year', YEAR, 'A year'),
  credit('decade', 'A decade', 10 * YEAR, 'Ten years'),
  {
    ...{ id: 'steady', name: 'Steady', earnedBy: 'A recent average of a quarter of the reference computer.' },
    isEarned: ({ recent }) => recent >= (DAY / 4) * MICROCREDITS,
  },
]

/** Ids of the badges, in the order of the table. */
export const badgesOf = (standing: Standing): string[] => BADGES.filter(({ isEarned }) => isEarned(standing)).map(({ id }) => id)
