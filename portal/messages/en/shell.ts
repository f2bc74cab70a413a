import { count, decimal, percent } from './english.ts'

/** What stands around every page, and what any of them may have to say. */
export const shell = {
  name: 'DSage',
  title: (page: string) => (page === '' ? 'DSage' : `${page} · DSage`),
  noScript: 'This page shows live figures and lends computing time; both need JavaScript.',
  skip: 'Skip to the content',
  navigation: 'Pages',
  pages: { home: 'Home', volunteer: 'Volunteer', jobs: 'Jobs', devices: 'Devices', leaderboard: 'Leaderboard', admin: 'Admin' },
  connection: {
    connecting: 'Connecting …',
    live: 'Live',
    lost: 'The server does not answer. Trying again; what you see is the last it said.',
  },
  footer: (version: string, database: 'sqlite' | 'postgresql') => `DSage ${version} on ${database === 'sqlite' ? 'SQLite' : 'PostgreSQL'}.`,
  measured: 'Every number here is measured by this server.',
  loading: 'Loading …',
  failed: (why: string) => `This could not be read: ${why}`,
  unreachable: 'the server does not answer.',
  again: 'Try again',
  more: 'Show more',
  missing: { title: 'There is no such page', lead: 'The address is not one of this server’s.', back: 'To the first page' },
  nameless: 'Without a name',
  count,
  decimal,
  percent,
} as const
