import type { DeviceRow } from '../../../sdk/protocol.ts'
import { count, instant, plural } from './english.ts'

export const devices = {
  title: 'Devices',
  lead: 'Browser tabs and headless workers that lend time to this server.',
  none: 'No device has been here yet.',
  noneHint: 'Lend this computer, or start “dsage worker”.',
  caption: 'Devices, the newest first',
  connected: (connected: number, threads: number) =>
    `${plural(connected, 'device is', 'devices are')} connected with ${plural(threads, 'thread', 'threads')}.`,
  column: {
    device: 'Device',
    state: 'Now',
    threads: 'Threads',
    trust: 'Trust',
    returned: 'Returned',
    agreed: 'Accepted',
    disagreed: 'Outvoted',
    errored: 'Not finished',
    seen: 'Last greeting',
  },
  now: { busy: 'Computing', free: 'Waiting', away: 'Away' },
  trust: { new: 'New', probation: 'On probation', trusted: 'Trusted', suspect: 'Suspect', banned: 'Banned' } satisfies Record<
    DeviceRow['state'],
    string
  >,
  kinds: { browser: 'Browser', headless: 'Headless worker' } satisfies Record<DeviceRow['kind'], string>,
  own: 'of this server’s owner',
  anonymous: 'Anonymous',
  you: 'this browser',
  seen: instant,
  leaderboard: {
    title: 'Leaderboard',
    lead: 'What accounts and devices earned, and devices by their accepted results: those that agreed with what independent devices answered.',
    byResults: 'By accepted results',
    caption: 'Devices by accepted results',
    none: 'No result has been accepted yet. Be the first.',
    rank: 'Rank',
    yours: 'This browser',
    mine: (agreed: number) => `${plural(agreed, 'accepted result', 'accepted results')}`,
    notYet: 'This browser has not lent time yet.',
    noneMine: 'No result of this browser has been accepted yet.',
    count,
  },
} as const
