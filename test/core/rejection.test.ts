import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leaseMoves, mayMove, unitMoves } from '../../server/core/lifecycle.ts'
import { type Policy, UNIT_LIMITS } from '../../server/core/policy.ts'
import { type Arrival, type CheckVerdict, settle, type UnitView } from '../../server/core/settle.ts'
import { answerOf, applied, issued, output, quorum, seeds, settleEach, unitOf } from './crowd.ts'
import { isLive } from './lease-states.ts'

const rejected = (row: number, why = 'the residue is 1'): Arrival => ({ row, kind: 'rejected', why })
const restored = (row: number): Arrival => ({ row, kind: 'restored' })
const checked = (row: number, verdict: CheckVerdict, why = 'value 0: false'): Arrival => ({ row, kind: 'checked', verdict, why })
const verifying: Policy = { ...quorum(2), verify: true }
const leasesOf = (count: number) => Array.from({ length: count }, (_, i) => issued(i + 1))
const crowd = (count: number, wanted = 1) => unitOf(leasesOf(count), { wanted })
const statesOf = (unit: UnitView) => unit.leases.map(({ state }) => state)

describe('T24 reject', () => {
  test('T24 takes the answer back, re-opens the unit, strikes nobody, and somebody else decides', () => {
    const before = settleEach(crowd(2), [output(1, 'a')], quorum(1)).unit
    const settlement = settle(before, [rejected(1)], quorum(1))
    expect(settlement).toMatchObject({ outcomes: ['recorded'], unit: { state: 'open', live: 1, wanted: 1 }, trust: [], job: null })
    expect(settlement.events.map(({ kind }) => kind)).toEqual(['retracted'])
    expect(settlement.leases).toMatchObject([{ row: 1, state: 'voided', note: 'reject: the residue is 1' }])
    expect(settlement.devices).toEqual([{ deviceId: 1, returned: -1, agreed: -1, disagreed: 0, errored: 0, expired: 0 }])
    const { unit, settlements } = settleEach(applied(before, settlement), [output(2, 'b')], quorum(1))
    expect([unit.state, settlements[0]?.events[0]?.output]).toEqual(['accepted', answerOf('b')])
  })

  test('T24 takes all that agreed with it, and what had failed with it', () => {
    const before = settleEach(crowd(4, 2), [output(1, 'a', 1), output(2, 'a', 1)], quorum(2)).unit
    expect(before.state).toBe('sealed')
    const settlement = settle(before, [rejected(2)], quorum(2))
    const after = applied(before, settlement)
    expect([statesOf(after), settlement.failedInputs, after.state]).toEqual([['voided', 'voided', 'issued', 'issued'], -1, 'open'])
    expect(settle(after, [rejected(1)], quorum(2)).outcomes).toEqual(['duplicate'])
  })

  test('T24 what differed from it may be accepted at once', () => {
    const before = settleEach(crowd(5, 2), [output(1, 'b'), output(2, 'a'), output(3, 'a')], quorum(2)).unit
    const twice = settleEach(before, [output(4, 'b'), rejected(2)], quorum(2))
    expect(twice.settlements[1]?.events.map(({ kind, output: one }) => [kind, one])).toEqual([
      ['retracted', null],
      ['sealed', answerOf('b')],
    ])
  })

  test('T24 a unit all of whose copies were rejected fails with the reason', () => {
    const rows = leasesOf(UNIT_LIMITS.copies).map(({ row }) => row)
    const { unit, settlements } = settleEach(
      crowd(UNIT_LIMITS.copies),
      rows.flatMap((row) => [output(row, `${row}`), rejected(row, `no ${row}`)]),
      quorum(1),
    )
    expect(unit.state).toBe('failed')
    expect(settlements.at(-1)?.events.map(({ kind, error }) => [kind, error])).toEqual([
      ['retracted', null],
      ['failed', 'its researcher refused 10 results of 10 copies; the last one: reject: no 10'],
    ])
    expect(settlements.at(-1)?.failedInputs).toBe(1)
  })

  test('T24 when an independent holder gives the rejected answer again the job pauses and it counts again', () => {
    const { unit, settlements } = settleEach(crowd(3), [output(1, 'a'), rejected(1), output(2, 'a')], quorum(1))
    expect(settlements.at(-1)?.job?.state).toBe('paused')
    expect(settlements.at(-1)?.job?.reason).toBe(
      'verify-contradicted: an independent device gave an answer again that was rejected; mend the job or what calls reject, then start it anew',
    )
    expect([statesOf(unit), unit.state]).toEqual([['agreed', 'agreed', 'issued'], 'accepted'])
    expect(settlements.at(-1)?.events).toMatchObject([{ kind: 'accepted', output: answerOf('a'), holders: 2 }])
    expect(settlements.at(-1)?.trust.filter(({ verdict }) => verdict === 'struck')).toEqual([])
  })

  test('T24 within a tolerance what is alike contradicts too', () => {
    const alike = (one: string, other: string) => [one, other].every((each) => [answerOf('a'), answerOf('b')].includes(each))
    const unit = { ...crowd(2), alike }
    expect(settleEach(unit, [output(1, 'a'), rejected(1), output(2, 'b')], quorum(1)).settlements.at(-1)?.job?.state).toBe('paused')
    expect(settleEach(unit, [output(1, 'a'), rejected(1), output(2, 'c')], quorum(1)).settlements.at(-1)?.job).toBeNull()
  })

  test('T24 what an own device computed is not asked of another: the unit fails and the job pauses', () => {
    const own = { ...quorum(2), ownSeals: true }
    const { unit, settlements } = settleEach(unitOf([issued(1, true), issued(2)], { wanted: 1 }), [output(1, 'a'), rejected(1)], own)
    expect(unit.state).toBe('failed')
    expect(settlements[1]).toMatchObject({
      events: [{ kind: 'retracted' }, { kind: 'failed', error: 'reject: the residue is 1' }],
      trust: [],
    })
    expect(settlements[1]?.job?.reason).toMatch(/^verify-contradicted: what your own device computed was rejected/)
  })
})

describe('T24 verify', () => {
  test('T24 when two holders gave the same answer and it was refused both times the job pauses and it counts again', () => {
    const { unit, settlements } = settleEach(
      crowd(3),
      [output(1, 'a'), checked(1, 'refused'), output(2, 'a'), checked(2, 'refused')],
      verifying,
    )
    expect(settlements[1]?.job).toBeNull()
    expect(settlements[3]?.job?.reason).toMatch(/^verify-contradicted: independent devices gave the same answer, which verify refuses/)
    expect([statesOf(unit), unit.state]).toEqual([['agreed', 'agreed', 'issued'], 'sealed'])
    const others = settleEach(crowd(3), [output(1, 'a'), checked(1, 'refused'), output(2, 'b'), checked(2, 'refused')], verifying)
    expect([others.settlements.at(-1)?.job, others.unit.state]).toEqual([null, 'open'])
  })

  test('T24 what counts again in other units is a vote, and in a decided one a check for nobody', () => {
    const open = settleEach(crowd(2), [output(1, 'a'), checked(1, 'refused')], verifying).unit
    expect(settle(open, [restored(1)], verifying)).toMatchObject({ unit: { state: 'open', live: 2 }, leases: [{ state: 'pending' }] })
    const decided = settleEach(open, [output(2, 'b'), checked(2, 'passed')], verifying).unit
    const again = settle(decided, [restored(1)], verifying)
    expect([again.trust, again.unit.state, again.leases[0]?.checked]).toEqual([[], 'sealed', true])
    expect(settle(applied(decided, again), [restored(1)], verifying).outcomes).toEqual(['duplicate'])
  })
})

test('T24 whatever is rejected, refused and restored in whatever order: only lawful moves, no strike, never a unit that nobody can decide', () => {
  const arrival = fc
    .integer({ min: 1, max: 6 })
    .chain((row) =>
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom('a', 'a', 'b').map((letter) => output(row, letter)) },
        { weight: 2, arbitrary: fc.constant(rejected(row)) },
        { weight: 2, arbitrary: fc.constantFrom<CheckVerdict>('passed', 'refused').map((verdict) => checked(row, verdict)) },
        { weight: 1, arbitrary: fc.constant(restored(row)) },
        { weight: 1, arbitrary: fc.constant<Arrival>({ row, kind: 'expired' }) },
      ),
    )
  fc.assert(
    fc.property(fc.array(arrival, { maxLength: 24 }), fc.constantFrom(quorum(1), quorum(2), verifying), (arrivals, policy) => {
      let unit = crowd(6)
      let standing = 0
      for (const one of arrivals) {
        const settlement = settle(unit, [one], policy)
        for (const lease of settlement.leases) {
          const before = unit.leases.find(({ row }) => row === lease.row)!.state
          if (lease.state !== before) expect(mayMove(leaseMoves, before, lease.state), `${before} -> ${lease.state}`).toBe(true)
        }
        if (settlement.unit.state !== unit.state && settlement.events.length === 1)
          expect(mayMove(unitMoves, unit.state, settlement.unit.state)).toBe(true)
        for (const { kind } of settlement.events) standing += kind === 'retracted' ? -1 : 1
        if (one.kind === 'rejected' || one.kind === 'checked')
          expect(settlement.trust.filter(({ verdict }) => verdict === 'struck')).toEqual([])
        unit = applied(unit, settlement)
        expect(standing).toBe(unit.state === 'open' ? 0 : 1)
        expect(unit.live).toBe(unit.leases.filter(({ state }) => isLive(state)).length)
        const waits = unit.leases.some(({ state }) => state === 'issued' || state === 'checking')
        if (unit.state === 'open' && !waits) expect(unit.wanted).toBeGreaterThan(unit.live)
      }
    }),
    { seed: seeds(), numRuns: 2000 },
  )
})
