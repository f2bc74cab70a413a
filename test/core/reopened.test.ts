import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leaseMoves, mayMove, unitMoves } from '../../server/core/lifecycle.ts'
import { type Arrival, settle } from '../../server/core/settle.ts'
import { acceptedOutput, applied, arrivalOf, issued, output, quorum, seeds, settleEach, unitOf } from './crowd.ts'

const reopened = (row: number): Arrival => ({ row, kind: 'reopened' })
const kindsOf = (settlements: ReturnType<typeof settleEach>['settlements']) =>
  settlements.flatMap(({ events }) => events.map(({ kind }) => kind))

test.each([
  ['the only vote', 1, 'a', 1, ['accepted', 'retracted'], 'open'],
  ['one of two', 2, 'aa', 1, ['sealed', 'retracted'], 'open'],
  ['one of three where two suffice', 2, 'aaa', 1, ['sealed'], 'sealed'],
  ['a vote that had lost', 2, 'aba', 2, ['sealed'], 'sealed'],
  ['a vote of an open unit', 2, 'a', 1, [], 'open'],
] as const)('T5 re-opened is %s', (_name, needed, letters, row, kinds, state) => {
  const arrivals = [...[...letters].map((letter, i) => output(i + 1, letter)), reopened(row), reopened(row)]
  const { unit, settlements } = settleEach(unitOf([...letters].map((_, i) => issued(i + 1))), arrivals, quorum(needed))
  expect([kindsOf(settlements), unit.state]).toEqual([kinds, state])
  expect(settlements.at(-1)?.outcomes).toEqual(['duplicate'])
  expect(unit.leases.find((lease) => lease.row === row)?.state).toBe('revoked')
  expect(unit.copies).toBe(Math.max(1, letters.length - 1))
})

test('T5 whoever gave it may give it again, and inputs that had failed count once', () => {
  const unit = unitOf([issued(1), issued(2)], { inputs: 3 })
  const { unit: now, settlements } = settleEach(unit, [output(1, 'e', 2), output(2, 'e', 2), reopened(1), output(1, 'e', 2)], quorum(2))
  expect([now.state, acceptedOutput(now)]).toEqual(['sealed', acceptedOutput(now)])
  expect(settlements.reduce((sum, { failedInputs }) => sum + failedInputs, 0)).toBe(2)
})

test('T5 whatever is re-opened and whenever, only moves of the tables are made, and an open unit wants more than it has', () => {
  const rows = [1, 2, 3, 4]
  const one = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...rows).chain(arrivalOf) }, fc.constantFrom(...rows).map(reopened))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.array(one, { maxLength: 14 }), (needed, own, arrivals) => {
      let unit = unitOf(rows.map((row) => issued(row, own && row === 4)))
      for (const arrival of arrivals) {
        const settlement = settle(unit, [arrival], quorum(needed, own))
        if (settlement.unit.state !== unit.state) expect(mayMove(unitMoves, unit.state, settlement.unit.state)).toBe(true)
        for (const { row, state } of settlement.leases) {
          const before = unit.leases.find((lease) => lease.row === row)!.state
          expect(before === state || mayMove(leaseMoves, before, state), `${before} -> ${state}`).toBe(true)
        }
        unit = applied(unit, settlement)
        if (unit.state === 'open' && !unit.leases.some(({ state }) => state === 'issued')) expect(unit.wanted).toBeGreaterThan(unit.live)
      }
    }),
    { seed: seeds(), numRuns: 500 },
  )
})
