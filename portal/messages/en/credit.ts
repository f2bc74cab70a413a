import { decimal } from './english.ts'

/** By the ids of the server's table of badges. */
const badges: Readonly<Record<string, string>> = {
  'first-result': 'First result',
  'hundred-results': 'Hundred results',
  'ten-thousand-results': 'Ten thousand results',
  hour: 'An hour',
  day: 'A day',
  week: 'A week',
  month: 'A month',
  year: 'A year',
  decade: 'A decade',
  steady: 'Steady',
}

export const credit = {
  title: 'By sealed credit',
  lead: 'A credit is a second of the reference computer, earned by results that are final. The recent average is a day’s, with a half-life of seven days.',
  accounts: 'Accounts by sealed credit',
  devices: 'Devices by sealed credit',
  none: 'No credit has been earned yet.',
  rank: 'Rank',
  account: 'Account',
  device: 'Device',
  credit: 'Credit',
  recentAverage: 'Recent average',
  badges: 'Badges',
  amount: decimal,
  named: (ids: readonly string[]) => ids.map((id) => badges[id] ?? id).join(', ') || '–',
} as const
