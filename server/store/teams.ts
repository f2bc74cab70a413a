import { randomBytes } from 'node:crypto'
import type { Database } from './open.ts'
import type { Team, TeamStore } from './team-store.ts'

export class Teams implements TeamStore {
  readonly #db: Database
  readonly #now: () => Promise<number>
  readonly #isRetryable: (error: unknown) => boolean

  constructor(db: Database, now: () => Promise<number>, isRetryable: (error: unknown) => boolean) {
    this.#db = db
    this.#now = now
    this.#isRetryable = isRetryable
  }

  async create(name: string, founderId: number): Promise<Team | undefined> {
    if (await this.#db.team.findUnique({ where: { name } })) return undefined
    const data = { uid: randomBytes(16).toString('hex'), name, founderId, createdAt: BigInt(await this.#now()) }
    const row = await this.#db.team.create({ data }).catch((error: unknown) => {
      if (this.#isRetryable(error)) return undefined // another was quicker to take the name
      throw error
    })
    if (!row) return undefined
    await this.#db.account.update({ where: { id: founderId }, data: { teamId: row.id } })
    return { id: row.id, team: row.uid, name }
  }

  async join(team: string, accountId: number): Promise<boolean> {
    const row = await this.#db.team.findUnique({ where: { uid: team } })
    if (!row) return false
    await this.#db.account.update({ where: { id: accountId }, data: { teamId: row.id } })
    return true
  }

  async leave(accountId: number): Promise<boolean> {
    const where = { id: accountId, teamId: { not: null } }
    return (await this.#db.account.updateMany({ where, data: { teamId: null } })).count > 0
  }
}
