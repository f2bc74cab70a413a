import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deviceMoves, eventOfUnitState, jobMoves, leaseMoves, mayMove, unitMoves } from '../../server/core/lifecycle.ts'
import { settle } from '../../server/core/settle.ts'
import { applied, arrivalOf, issued, quorum, seeds, unitOf } from './crowd.ts'

const tables = { jobMoves, unitMoves, leaseMoves, deviceMoves } as const
type Table = Readonly<Record<string, readonly string[]>>

/** Every state that can be reached from `first`. */
function reach(table: Table, first: string): Set<string> {
  const reached = new Set([first])
  for (const state of reached) for (const next of table[state] ?? []) reached.add(next)
  return reached
}

describe('L1 lifecycles', () => {
  test.each(Object.entries(tables))('L1 %s names only states it has, none as its own successor, none twice', (_name, table: Table) => {
    for (const [state, successors] of Object.entries(table)) {
      expect(new Set(successors).size).toBe(successors.length)
      expect(successors).not.toContain(state)
      for (const successor of successors) expect(Object.keys(table)).toContain(successor)
    }
  })

  test.each([
    ['jobMoves', 'awaiting-approval'],
    ['unitMoves', 'open'],
    ['leaseMoves', 'issued'],
    ['deviceMoves', 'new'],
  ] as const)('L1 every state of %s is reached from %s', (name, first) => {
    expect([...reach(tables[name], first)].sort()).toEqual(Object.keys(tables[name]).sort())
  })

  test('L1 a cancelled unit and a job that failed are final, what was thrown away may count again', () => {
    expect([unitMoves.cancelled, jobMoves.failed, jobMoves.cancelled, jobMoves.rejected]).toEqual([[], [], [], []])
    expect(leaseMoves.voided).not.toContain('issued')
    expect(mayMove(jobMoves, 'running', 'paused')).toBe(true)
    expect(mayMove(jobMoves, 'cancelled', 'running')).toBe(false)
  })

  test('L1 every state of a unit but cancelled has the event that tells of it', () => {
    expect(eventOfUnitState).toEqual({ open: 'retracted', accepted: 'accepted', sealed: 'sealed', failed: 'failed', cancelled: undefined })
  })

  test('L1 whatever arrives in whatever order, a settlement makes only moves of the tables', () => {
    const rows = [1, 2, 3, 4, 5]
    const history = fc.array(
      fc.tuple(fc.constantFrom(...rows), fc.nat(3)).chain(([row, own]) => arrivalOf(row).map((one) => ({ one, own }))),
      {
        minLength: 1,
        maxLength: 12,
      },
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.boolean(), history, (needed, ownSeals, arrivals) => {
        let unit = unitOf(rows.map((row) => issued(row, ownSeals && row === 5)))
        for (const { one } of arrivals) {
          const settlement = settle(unit, [one], quorum(needed, ownSeals))
          if (settlement.unit.state !== unit.state) expect(mayMove(unitMoves, unit.state, settlement.unit.state)).toBe(true)
          for (const lease of settlement.leases) {
            const before = unit.leases.find(({ row }) => row === lease.row)!
            const path = before.state === lease.state || mayMove(leaseMoves, before.state, lease.state)
            expect(path, `${before.state} -> ${lease.state}`).toBe(true)
          }
          unit = applied(unit, settlement)
        }
      }),
      { seed: seeds(), numRuns: 2000 },
    )
  })
})
