import { decode } from '../../sdk/codec.ts'
import type { LeasedUnit, ReturnedUnit } from '../../sdk/protocol.ts'
import { asks, result, type TestApp, type Volunteer } from './app.ts'

/** A volunteer's device and what it says for one input. */
export interface Member {
  readonly client: Volunteer
  readonly compute: (input: number) => unknown
}

export async function members(app: TestApp, count: number, compute: Member['compute'], engine = 'v8-140'): Promise<Member[]> {
  const made: Member[] = []
  for (let i = 0; i < count; i++) made.push({ client: await app.volunteer({ engine }), compute })
  return made
}

export const inputOf = ({ input }: Pick<LeasedUnit, 'input'>): number => (decode(input) as number[])[0] as number

export const computed = (leases: readonly LeasedUnit[], compute: Member['compute']): ReturnedUnit[] =>
  leases.map((lease) => result(lease, compute(inputOf(lease))))

/** Each in turn computes what it is given, until in a whole round nobody was given anything; how many leases that were. */
export async function computeInTurn(crowd: readonly Member[], most = 1): Promise<number> {
  for (let given = 0; ; ) {
    let round = 0
    for (const { client, compute } of crowd) {
      const { leases } = (await client.ask('return', { results: [], next: { ...asks, most } })).next!
      if (leases.length > 0) await client.ask('return', { results: computed(leases, compute) })
      round += leases.length
    }
    if (round === 0) return given
    given += round
  }
}
