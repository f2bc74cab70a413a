import { unauthorised } from './access.ts'
import { csvOf, jsonLinesOf } from './ledger-text.ts'
import { type Asked, type Route, route } from './rest.ts'
import * as rest from './rest-credit-schemas.ts'
import type { RestTransport } from './rest-routes.ts'
import { page } from './rest-shape.ts'

const LEDGER = '/api/v1/credit/ledger'
const TEAMS = '/api/v1/teams'
const read = { method: 'get', access: 'none' } as const
const write = { method: 'post', access: 'required' } as const

export const creditRoutes = (transport: RestTransport): Route[] => [
  ...leaderRoutes(transport),
  ...standingRoutes(transport),
  ...ledgerRoutes(transport),
  ...adminRoutes(transport),
  ...teamRoutes(transport),
]

/** @throws PlatformError `unauthorised` without a credential */
function accountOf({ asker }: Pick<Asked<unknown, unknown>, 'asker'>): number {
  if (!asker) throw unauthorised()
  return asker.accountId
}
const mutable = <Row>({ rows, ...page }: { readonly rows: readonly Row[]; readonly next?: string }) => ({ ...page, rows: [...rows] })
/** JSON arrays are made of the copies that schemas expect. */
const shown = <Standing extends { readonly badges: readonly string[] }>(standing: Standing) => ({
  ...standing,
  badges: [...standing.badges],
})

const leaderRoutes = ({ crediting }: RestTransport): Route[] => [
  route({
    ...{ ...read, path: '/api/v1/leaderboard/accounts', query: rest.leadersPage, answer: rest.accountLeaders },
    summary: 'Accounts by sealed credit, the most first',
    answerTo: async ({ query }) => {
      const page = mutable(await crediting.leaders('account', query.after, query.limit))
      return { ...page, rows: page.rows.map(shown) }
    },
  }),
  route({
    ...{ ...read, path: '/api/v1/leaderboard/devices', query: rest.leadersPage, answer: rest.deviceLeaders },
    summary: 'Devices by sealed credit, the most first, without the banned ones',
    answerTo: async ({ query }) => {
      const page = mutable(await crediting.leaders('device', query.after, query.limit))
      return { ...page, rows: page.rows.map(shown) }
    },
  }),
  route({
    ...{ ...read, path: '/api/v1/leaderboard/teams', query: rest.leadersPage, answer: rest.teams },
    summary: 'Teams by sealed credit, the most first',
    answerTo: async ({ query }) => {
      const page = mutable(await crediting.leaders('team', query.after, query.limit))
      return { ...page, rows: page.rows.map(shown) }
    },
  }),
]

const standingRoutes = ({ crediting }: RestTransport): Route[] => [
  route({
    ...{ ...read, path: '/api/v1/credit/rules', summary: 'How credit is computed, and the badges', answer: rest.creditRules },
    answerTo: async () => ({ ...crediting.rules, badges: [...crediting.rules.badges] }),
  }),
  route({
    ...{ method: 'get', access: 'required', path: '/api/v1/credit', summary: 'What your account earned', answer: rest.accountCredit },
    answerTo: async (asked) => shown(await crediting.account(accountOf(asked))),
  }),
  route({
    ...{ ...read, path: '/api/v1/devices/:device/credit', summary: 'What a device earned', answer: rest.deviceCredit },
    answerTo: async ({ device }) => shown(await crediting.device(device)),
  }),
]

const ledgerRoutes = ({ crediting }: RestTransport): Route[] => [
  route({
    ...{ ...read, path: LEDGER, query: rest.ledgerPage, answer: rest.ledger },
    summary: 'The ledger of credit in the order in which it was written',
    answerTo: async ({ query }) => mutable(await crediting.ledger(query.after, query.limit)),
  }),
  route({
    ...{ ...read, path: `${LEDGER}.csv`, query: rest.ledgerFrom, answer: rest.csv, answerTo: async () => '' },
    summary: 'All of the ledger after a row, as CSV',
    linesOf: ({ query }) => csvOf(crediting.ledgerPages(query.after)),
  }),
  route({
    ...{ ...read, path: `${LEDGER}.ndjson`, query: rest.ledgerFrom, answer: rest.jsonLines, answerTo: async () => '' },
    summary: 'All of the ledger after a row, as one JSON object a line',
    linesOf: ({ query }) => jsonLinesOf(crediting.ledgerPages(query.after)),
  }),
]

const adminRoutes = ({ crediting, administration }: RestTransport): Route[] => [
  route({
    ...{ method: 'get', access: 'home', path: '/api/v1/credit/held', query: page, answer: rest.heldJobs },
    summary: 'Jobs that give far more credit a second than others: none is booked until they are released',
    answerTo: async ({ query }) => mutable(await crediting.held(query.after, query.limit)),
  }),
  route({
    ...{ method: 'post', access: 'home', path: '/api/v1/jobs/:job/release-credit', answer: rest.released },
    summary: 'Let a job that waits for it give its credit',
    answerTo: async ({ job }) => ({ released: await administration.releaseCredit(job) }),
  }),
]

const teamRoutes = ({ crediting }: RestTransport): Route[] => [
  route({
    ...{ ...read, path: TEAMS, query: page, answer: rest.teams, summary: 'Teams, newest first' },
    answerTo: async ({ query }) => {
      const page = mutable(await crediting.teams(query.after, query.limit))
      return { ...page, rows: page.rows.map(shown) }
    },
  }),
  route({
    ...{ ...read, path: `${TEAMS}/:team`, answer: rest.team, summary: 'One team' },
    answerTo: async ({ team }) => shown(await crediting.team(team)),
  }),
  route({
    ...{ ...write, path: TEAMS, body: rest.newTeam, answer: rest.team, summary: 'Make a team and join it' },
    answerTo: async (asked) => shown(await crediting.createTeam(asked.body.name, accountOf(asked))),
  }),
  route({
    ...{ ...write, path: `${TEAMS}/:team/join`, answer: rest.team, summary: 'Join a team, out of the one you are in' },
    answerTo: async (asked) => shown(await crediting.joinTeam(asked.team, accountOf(asked))),
  }),
  route({
    ...{ ...write, path: `${TEAMS}/leave`, answer: rest.accountCredit, summary: 'Leave your team; what you earned for it stays' },
    answerTo: async (asked) => shown(await crediting.leaveTeam(accountOf(asked))),
  }),
]
