import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isAccepted, weightOfDevice } from '../../server/core/acceptance.ts'
import { weightOf } from '../../server/core/credibility.ts'
import { UNIT_LIMITS } from '../../server/core/policy.ts'
import { settle, type UnitView } from '../../server/core/settle.ts'
import { NEW_TRUST } from '../../server/core/trust.ts'
import { acceptedOutput, answerOf, applied, output, seeds, settleEach, unitOf } from './crowd.ts'
import { answered, asked, believing, earned, SUSPECT } from './voters.ts'

const stateAfter = (letters: readonly string[], checks: readonly number[], targetError = 1e-2) => {
  const { unit } = settleEach(
    unitOf(letters.map((_, i) => asked(i + 1, earned(checks[i] ?? 0)))),
    letters.map((letter, i) => output(i + 1, letter)),
    believing(targetError),
  )
  return [unit.state, unit.wanted]
}

describe('Q5 for a target error', () => {
  test.each([
    [1e-2, ['a'], [10], 'accepted', 1],
    [1e-2, ['a'], [9], 'open', 2],
    [1e-3, ['a'], [10], 'open', 2],
    [1e-3, ['a', 'a'], [10, 10], 'sealed', 2],
    [1e-2, ['a', 'a'], [0, 0], 'open', 3],
    [1e-2, ['a', 'a', 'a', 'a'], [0, 0, 0, 0], 'sealed', 4],
    [1e-2, ['a', 'b'], [400, 0], 'open', 3],
    [1e-2, ['b', 'a', 'a'], [0, 10, 10], 'sealed', 3],
    [1e-2, ['b', 'a', 'c'], [0, 10, 0], 'open', 4],
  ] as const)(
    'Q5 at %d the answers %j of devices with %j checks leave the unit %s, wanting %i',
    (targetError, letters, checks, state, wanted) => {
      expect(stateAfter(letters, checks, targetError)).toEqual([state, wanted])
    },
  )

  test('Q5 an accepted single word says on whose it stands and how sure it is', () => {
    const settlement = settle(unitOf([asked(7, earned(10))]), [output(7, 'a')], believing())
    expect(settlement.alone).toEqual({ trustId: 7, checksThen: 10 })
    expect(settlement.events[0]).toMatchObject({ kind: 'accepted', leaseRow: 7, holders: 1 })
    expect(settlement.events[0]?.confidence).toBeGreaterThan(0.99)
  })

  test('Q13 everybody who voted is checked when it is decided by agreement: winners pass, losers are struck', () => {
    const { settlements } = settleEach(
      unitOf([asked(1), asked(2, earned(10)), asked(3, earned(10))]),
      [output(1, 'b'), output(2, 'a'), output(3, 'a')],
      believing(),
    )
    expect(settlements.map(({ trust }) => trust.map(({ leaseRow, verdict }) => `${leaseRow} ${verdict}`))).toEqual([
      [],
      [],
      ['1 struck', '2 passed', '3 passed'],
    ])
  })

  test('Q14 suspects may be believed together, and do not seal', () => {
    const { unit, settlements } = settleEach(
      unitOf([1, 2, 3, 4].map((row) => asked(row, SUSPECT))),
      [1, 2, 3, 4].map((row) => output(row, 'a')),
      believing(),
    )
    expect([unit.state, settlements.at(-1)?.alone]).toEqual(['accepted', null])
  })

  test('T2 a job of one engine class hears no other', () => {
    const unit = unitOf([asked(1, earned(10), { engineClass: 'jsc-18' })], { engineClass: 'v8-13' })
    expect(settle(unit, [output(1, 'a')], believing())).toMatchObject({ unit: { state: 'open', wanted: 1 }, events: [], trust: [] })
  })
})

describe('Q6 what counts as a copy', () => {
  const audits = [answered(2, 'agreed', 'a', NEW_TRUST, { kind: 'audit' }), answered(3, 'agreed', 'a', NEW_TRUST, { kind: 'sample' })]

  test('Q6 audits and samples of a re-opened unit take the place of no copy', () => {
    const unit = unitOf([answered(1, 'agreed', 'a'), ...audits, asked(4, earned(10), { kind: 'audit' })], { state: 'accepted', copies: 9 })
    const { unit: now } = settle({ ...unit, leases: unit.leases.slice(0, 1).concat(unit.leases[3]!) }, [output(4, 'b')], believing())
    expect([now.state, now.copies, now.wanted]).toEqual(['open', 9, 3])
  })

  test('Q6 whatever is answered, asked again and voided, a unit that wants a copy may have one', () => {
    const step = fc.tuple(fc.constantFrom('a', 'a', 'b', 'c'), fc.nat(30), fc.constantFrom('copy', 'copy', 'audit', 'strike'), fc.nat(20))
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
        let unit: UnitView = unitOf([], { wanted: 2 })
        let row = 0
        for (const [letter, checks, what, which] of steps) {
          if (what === 'strike') unit = settledWith(strike(unit, which), [])
          else if (what === 'copy' && unit.state === 'open' && unit.live < unit.wanted) {
            row += 1
            unit = settledWith(withLease(unit, row, checks, 'copy'), [output(row, letter)])
          } else if (what === 'audit' && (unit.state === 'accepted' || unit.state === 'sealed')) {
            row += 1
            unit = settledWith(withLease(unit, row, checks, 'audit'), [output(row, letter)])
          }
          expect(unit.copies).toBeLessThanOrEqual(UNIT_LIMITS.copies)
          const copies = unit.leases.filter(({ kind, state }) => kind === 'copy' && state !== 'voided').length
          // Never none once it was given, so that the queues ask who had it.
          expect([copies, copies + 1]).toContain(unit.copies)
          if (unit.leases.length > 0) expect(unit.copies).toBeGreaterThan(0)
          if (unit.state === 'open') expect(unit.wanted, 'it waits for somebody').toBeGreaterThan(unit.live)
        }
      }),
      { seed: seeds(), numRuns: 1000 },
    )
  })
})

const settledWith = (unit: UnitView, arrivals: Parameters<typeof settle>[1]): UnitView => applied(unit, settle(unit, arrivals, believing()))
const withLease = (unit: UnitView, row: number, checks: number, kind: 'copy' | 'audit'): UnitView => ({
  ...unit,
  ...{ leases: [...unit.leases, asked(row, earned(checks), { kind })], live: unit.live + 1, copies: unit.copies + Number(kind === 'copy') },
})
/** The device of a lease is struck: its epoch goes on. */
const strike = (unit: UnitView, which: number): UnitView => ({
  ...unit,
  leases: unit.leases.map((lease, i) =>
    i === which % Math.max(1, unit.leases.length) ? { ...lease, trust: { ...SUSPECT, trustEpoch: (lease.epoch ?? 0) + 1 } } : lease,
  ),
})

describe('I7 the order of arrival', () => {
  const vote = fc.record({ letter: fc.constantFrom('a', 'a', 'a', 'b', 'b', 'c'), checks: fc.oneof(fc.nat(3), fc.nat(200)) })

  test('I7 never changes the accepted output when one group alone reaches theta, one by one or in batches', () => {
    let decided = 0
    fc.assert(
      fc.property(
        fc
          .array(vote, { minLength: 1, maxLength: 7 })
          .chain((votes) => fc.tuple(fc.constant(votes), orders(votes.length), orders(votes.length))),
        fc.constantFrom(1e-2, 1e-3),
        fc.nat(6),
        (args, targetError, cut) => {
          const [votes, one, other] = args
          const groups = [...Map.groupBy(votes, ({ letter }) => letter)].map(([letter, members]) => ({ letter, ...weighed(members) }))
          const able = groups.filter(({ weight }) => weight >= weightOf(1 - targetError) - 1e-9)
          fc.pre(able.length === 1)
          const winner = answerOf(able[0]!.letter)
          const start = unitOf(votes.map(({ checks }, i) => asked(i + 1, earned(checks))))
          const arrivals = (order: readonly number[]) => order.map((i) => output(i + 1, votes[i]!.letter))
          const singly = settleEach(start, arrivals(one), believing(targetError))
          const batch = [arrivals(other).slice(0, cut), arrivals(other).slice(cut)].reduce(
            (unit, some) => applied(unit, settle(unit, some, believing(targetError))),
            start,
          )
          const told = singly.settlements.flatMap(({ events }) => events.flatMap(({ output }) => output ?? []))
          expect([...told, acceptedOutput(batch) ?? winner].every((each) => each === winner)).toBe(true)
          if (!isAccepted(groups, groups.indexOf(able[0]!), targetError)) return
          decided += 1
          expect([acceptedOutput(singly.unit), acceptedOutput(batch)]).toEqual([winner, winner])
          expect(singly.unit.state).not.toBe('open')
        },
      ),
      { seed: seeds(), numRuns: 2000 },
    )
    expect(decided).toBeGreaterThan(100)
  })
})

const orders = (count: number) =>
  fc.shuffledSubarray(
    Array.from({ length: count }, (_, i) => i),
    { minLength: count, maxLength: count },
  )
const weighed = (members: readonly { checks: number }[]) => ({
  weight: members.reduce((sum, { checks }) => sum + weightOfDevice(earned(checks)), 0),
  holders: members.length,
})
