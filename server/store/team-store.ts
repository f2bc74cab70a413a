/** A group of accounts. */
export interface Team {
  readonly id: number
  /** 32 hex digits. */
  readonly team: string
  readonly name: string
}

/** Teams; an account is in one at most, and what it earned stays with the team it was in then. */
export interface TeamStore {
  /** Makes a team and puts its founder into it; undefined when there is one of this name. */
  create(name: string, founderId: number): Promise<Team | undefined>
  /** Puts the account into the team, out of the one it was in; false when there is no such team. */
  join(team: string, accountId: number): Promise<boolean>
  /** False when the account was in none. */
  leave(accountId: number): Promise<boolean>
}
