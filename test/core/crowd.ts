import fc from 'fast-check'
import type { LeaseView } from '../../server/core/agreement.ts'
import type { Policy } from '../../server/core/policy.ts'
import { type Arrival, type Settlement, settle, type UnitView } from '../../server/core/settle.ts'
import { isLive } from './lease-states.ts'

export const quorum = (quorum: number, ownSeals = false): Policy => ({ quorum, ownSeals, onError: 'continue' })
export const seeds = (): number => Math.floor(Math.random() * 2 ** 31)

/** Outputs are references in hex; one letter stands for one answer. */
export const answerOf = (letter: string): string => `00${Buffer.from(letter).toString('hex')}`

export const output = (row: number, letter: string, errors = 0): Arrival => ({
  row,
  kind: 'output',
  output: answerOf(letter),
  errors,
})
export const errored = (row: number): Arrival => ({ row, kind: 'errored', reason: 'crashed', message: 'the child died' })
export const given = (row: number, kind: 'released' | 'expired' | 'revoked'): Arrival => ({ row, kind })

/** A lease of holder `row`, issued and not returned. */
export const issued = (row: number, own = false): LeaseView => ({
  row,
  holder: `d:${row}`,
  deviceId: row,
  state: 'issued',
  output: null,
  errors: 0,
  own,
})

/** A unit whose `leases` were all issued. */
export function unitOf(leases: readonly LeaseView[], change: Partial<UnitView> = {}): UnitView {
  const live = leases.filter((lease) => isLive(lease.state)).length
  const base = { id: 1, jobId: 1, key: '0', inputs: 1, state: 'open' as const, wanted: Math.max(1, live), errored: 0 }
  return { ...base, live, copies: leases.length, leases, ...change }
}

/** The unit after `settlement`, as the store would load it again. */
export function applied(unit: UnitView, { unit: now, leases }: Settlement): UnitView {
  const changed = new Map(leases.map((lease) => [lease.row, lease]))
  return { ...unit, ...now, leases: unit.leases.map((lease) => changed.get(lease.row) ?? lease) }
}

/** Settles the arrivals one after the other. */
export function settleEach(unit: UnitView, arrivals: readonly Arrival[], policy: Policy): { unit: UnitView; settlements: Settlement[] } {
  const settlements: Settlement[] = []
  let now = unit
  for (const arrival of arrivals) {
    const settlement = settle(now, [arrival], policy)
    settlements.push(settlement)
    now = applied(now, settlement)
  }
  return { unit: now, settlements }
}

/** The output that stands for the unit, or undefined. */
export const acceptedOutput = (unit: UnitView): string | undefined =>
  unit.leases.find((lease) => lease.state === 'agreed')?.output ?? undefined

export const arrivalOf = (row: number): fc.Arbitrary<Arrival> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(fc.constantFrom('a', 'a', 'a', 'b', 'c', 'd'), fc.nat(1)).map(([letter, errors]) => output(row, letter, errors)),
    },
    { weight: 2, arbitrary: fc.constant(errored(row)) },
    { weight: 3, arbitrary: fc.constantFrom('released' as const, 'expired' as const).map((kind) => given(row, kind)) },
  )
