import type {
  AccountCredit,
  CreditRules,
  CreditStanding,
  DeviceCredit,
  HeldJob,
  LedgerRow,
  Page,
  PendingCredit,
  TeamRow,
} from '../sdk/protocol.ts'
import { BADGES, badgesOf } from './core/badges.ts'
import { COBBLESTONES_PER_CREDIT, REFERENCE_GFLOPS } from './core/cobblestones.ts'
import { MICROCREDITS } from './core/credit.ts'
import { DAY_MS, faded, HALF_LIFE_MS } from './core/credit-totals.ts'
import { PlatformError } from './errors.ts'
import { unknownDevice } from './reading.ts'
import type { EarnerKind, EarnerTotal, StoredTotal } from './store/credit-store.ts'
import type { Store } from './store/store.ts'

export interface CreditingOptions {
  readonly store: Store
  /** Milliseconds since 1970: recent averages are shown as they are now. */
  readonly clock: () => number
}
/** Each kind of those who earn, as it is shown. */
export interface Earners {
  readonly account: AccountCredit
  readonly device: DeviceCredit
  readonly team: TeamRow
}
const LEDGER_PAGE = 1000

/** What was earned, and teams, as people ask for them. */
export class Crediting {
  readonly #store: Store
  readonly #clock: () => number

  constructor({ store, clock }: CreditingOptions) {
    this.#store = store
    this.#clock = clock
  }

  readonly rules: CreditRules = {
    ...{ halfLifeDays: HALF_LIFE_MS / DAY_MS, referenceGflops: REFERENCE_GFLOPS, cobblestonesPerCredit: COBBLESTONES_PER_CREDIT },
    badges: BADGES.map(({ id, name, earnedBy }) => ({ id, name, earnedBy })),
  }

  /** The most credit first. */
  async leaders<Kind extends EarnerKind>(kind: Kind, after: string | undefined, limit: number): Promise<Page<Earners[Kind]>> {
    const page = await this.#store.reads.credits.leaders(kind, after, limit)
    return { ...page, rows: page.rows.map((row) => this.#shown(row)) }
  }

  /** Of the account by its row id. */
  async account(id: number): Promise<AccountCredit & PendingCredit> {
    const { credits } = this.#store.reads
    const [total, pending] = await Promise.all([credits.account(id), credits.pendingOfAccount(id)])
    if (!total) throw new Error(`Expected the row id of an account, got ${id}, which is none.`)
    return { ...this.#shown(total), pending }
  }

  /** @throws PlatformError `unknown-device` */
  async device(device: string): Promise<DeviceCredit & PendingCredit> {
    const { credits } = this.#store.reads
    const [total, pending] = await Promise.all([credits.device(device), credits.pendingOfDevice(device)])
    if (!total) throw unknownDevice(device)
    return { ...this.#shown(total), pending }
  }

  /** @throws PlatformError `unknown-team` */
  async team(team: string): Promise<TeamRow> {
    const total = await this.#store.reads.credits.team(team)
    if (!total) throw unknownTeam(team)
    return this.#shown(total)
  }

  /** Newest first. */
  async teams(after: string | undefined, limit: number): Promise<Page<TeamRow>> {
    const page = await this.#store.reads.credits.teams(after, limit)
    return { ...page, rows: page.rows.map((row) => this.#shown(row)) }
  }

  /** Makes a team, whose first member its founder is. @throws PlatformError `name-taken` */
  async createTeam(name: string, founderId: number): Promise<TeamRow> {
    const made = await this.#store.teams.create(name, founderId)
    if (!made) throw new PlatformError('name-taken', `Expected a name that no team has, got ${JSON.stringify(name)}: choose another.`)
    return this.team(made.team)
  }

  /** Out of the team the account was in. @throws PlatformError `unknown-team` */
  async joinTeam(team: string, accountId: number): Promise<TeamRow> {
    if (!(await this.#store.teams.join(team, accountId))) throw unknownTeam(team)
    return this.team(team)
  }

  /** Nothing happens to an account that is in none; what it earned stays the team's. */
  async leaveTeam(accountId: number): Promise<AccountCredit & PendingCredit> {
    await this.#store.teams.leave(accountId)
    return this.account(accountId)
  }

  ledger(after: string | undefined, limit: number): Promise<Page<LedgerRow>> {
    return this.#store.reads.credits.ledger(after, limit)
  }

  /** The whole ledger after a row, a page at a time. */
  async *ledgerPages(after: string | undefined): AsyncGenerator<readonly LedgerRow[]> {
    for (let from = after; ; ) {
      const { rows, next } = await this.ledger(from, LEDGER_PAGE)
      yield rows
      if (next === undefined) return
      from = next
    }
  }

  /** Jobs that wait for an admin, newest first. */
  held(after: string | undefined, limit: number): Promise<Page<HeldJob>> {
    return this.#store.reads.credits.held(after, limit)
  }

  #shown<Kind extends EarnerKind>(total: EarnerTotal<Kind>): Earners[Kind] {
    return shownAs[total.earner as Kind](total, standingOf(total, this.#clock()))
  }
}

const shownAs: { readonly [Kind in EarnerKind]: (total: EarnerTotal<Kind>, standing: CreditStanding) => Earners[Kind] } = {
  account: ({ account, team }, standing) => ({ account, ...(team !== null && { team }), ...standing }),
  device: ({ device, name, kind, own }, standing) => ({ device, name, kind, own, ...standing }),
  team: ({ team, name, members, createdAt }, standing) => ({ team, name, members, createdAt, ...standing }),
}

function standingOf({ microcredits, results, recent, recentAt }: StoredTotal, now: number): CreditStanding {
  const recentNow = Math.max(0, faded(recent, now - recentAt))
  const credit = microcredits / MICROCREDITS
  return {
    ...{ credit, cobblestones: credit * COBBLESTONES_PER_CREDIT, recentAverage: recentNow / MICROCREDITS, results },
    badges: badgesOf({ microcredits, results, recent: recentNow }),
  }
}

const unknownTeam = (team: string): PlatformError =>
  new PlatformError('unknown-team', `Expected the id of a team, got ${JSON.stringify(team.slice(0, 50))}.`)
