import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LeaseView } from '../../server/core/agreement.ts'
import { fallenApart, isSupported, leadingClass } from '../../server/core/engine-split.ts'
import { type Settlement, settle, type UnitView } from '../../server/core/settle.ts'
import { NEW_TRUST } from '../../server/core/trust.ts'
import { acceptedOutput, answerOf, applied, given, issued, output, quorum, seeds, settleEach, unitOf } from './crowd.ts'

const V8 = 'v8-140'
const FIREFOX = 'spidermonkey-128'
const WEBKIT = 'javascriptcore-18'
const trusting = { ...quorum(2), targetError: 1e-2 }
const of = (row: number, engineClass: string, change: Partial<LeaseView> = {}): LeaseView => ({
  ...{ ...issued(row), trustId: row, engineClass, trust: NEW_TRUST },
  ...change,
})
const crowd = (...classes: string[]) => classes.map((engineClass, i) => of(i + 1, engineClass))
const say = (letters: string) => [...letters].map((letter, i) => output(i + 1, letter))
const known = (row: number, checks: number) => of(row, V8, { trust: { ...NEW_TRUST, checks } })
const strikes = (settlements: readonly Settlement[]) =>
  settlements.flatMap(({ trust }) => trust.filter(({ verdict }) => verdict === 'struck'))

describe('T2 engines that differ', () => {
  test('T2 a loser of another class is not struck, and the job goes on in the class of the winners', () => {
    const { unit, settlements } = settleEach(unitOf(crowd(V8, FIREFOX, V8)), say('aba'), quorum(2))
    expect([unit.state, acceptedOutput(unit)]).toEqual(['sealed', answerOf('a')])
    expect(strikes(settlements)).toEqual([])
    expect(settlements.map(({ engineClass }) => engineClass)).toEqual([null, null, V8])
  })

  test('T2 the class is that of most winners, and not of whoever came first', () => {
    const { settlements } = settleEach(unitOf(crowd(WEBKIT, FIREFOX, V8, V8)), say('abaa'), quorum(3))
    expect(settlements.at(-1)?.engineClass).toBe(V8)
  })

  test('T2 a loser whose class a winner has is struck as ever', () => {
    const { settlements } = settleEach(unitOf([known(1, 5), of(2, V8), known(3, 5)]), say('aba'), quorum(2))
    expect(strikes(settlements).map(({ leaseRow }) => leaseRow)).toEqual([2])
    expect(settlements.at(-1)?.engineClass).toBeNull()
  })

  test.each([
    ['two newcomers against a newcomer', 0, 0, [], []],
    ['two newcomers against one of standing', 0, 18, [], []],
    ['two of standing against a newcomer', 18, 0, [1, 3], [2]],
    ['two of standing against one', 18, 18, [1, 3], [2]],
    ['two of little standing against one of more', 5, 18, [1, 3], []],
  ])('Q13 who convinces strikes, and who is more likely right passes: %s', (_name, winners, loser, passed, struck) => {
    const { settlements } = settleEach(unitOf([known(1, winners), known(2, loser), known(3, winners)]), say('aba'), quorum(2))
    expect(strikes(settlements).map(({ leaseRow }) => leaseRow)).toEqual(struck)
    const passes = settlements.flatMap(({ trust }) => trust.flatMap(({ verdict, leaseRow }) => (verdict === 'passed' ? [leaseRow] : [])))
    expect(passes.sort()).toEqual(winners === 0 && loser === 0 ? [1, 3] : passed)
  })

  test('T2 two of an engine of their own who outvote one tell that engines differ', () => {
    const rare = (row: number) => of(row, WEBKIT, { trust: { ...NEW_TRUST, checks: 40 } })
    for (const loser of [known(1, 12), of(1, V8)]) {
      const { settlements } = settleEach(unitOf([loser, rare(2), rare(3)]), say('abb'), quorum(2))
      expect(settlements.flatMap(({ trust }) => trust.map(({ verdict }) => verdict))).toContain('engine')
      expect(settlements.map(({ engineClass }) => engineClass)).toEqual([null, null, WEBKIT])
    }
  })

  test('T2 two newcomers of an engine of their own do not take a job from those of standing', () => {
    const { unit, settlements } = settleEach(unitOf([known(1, 18), of(2, WEBKIT), of(3, WEBKIT)]), say('abb'), quorum(2))
    expect(unit.state, 'the quorum that was asked for').toBe('sealed')
    expect(settlements.flatMap(({ trust }) => trust)).toEqual([])
    expect(settlements.map(({ engineClass }) => engineClass)).toEqual([null, null, null])
  })

  test('T2 three answers of three classes are no sign of chance: further copies are asked for', () => {
    const { unit, settlements } = settleEach(unitOf(crowd(V8, FIREFOX, WEBKIT, FIREFOX)), say('abcb'), trusting)
    expect(settlements.map(({ disputed, engineClass }) => [disputed, engineClass])).toEqual(new Array(4).fill([false, null]))
    expect([unit.state, unit.live, unit.wanted, unit.copies]).toEqual(['open', 4, 5, 4])
  })

  test('T2 a class that answers twice differently is disputed as ever', () => {
    const { settlements } = settleEach(unitOf(crowd(V8, FIREFOX, V8)), say('abc'), trusting)
    expect(settlements.map(({ disputed }) => disputed)).toEqual([false, false, true])
  })

  test('T2 only somebody else of its engine, independent, alive and not suspect, supports a loser by the same answer', () => {
    const said = (row: number, engineClass: string, letter: string, change: Partial<LeaseView> = {}) =>
      of(row, engineClass, { state: 'disagreed', output: answerOf(letter), ...change })
    const loser = said(1, FIREFOX, 'a', { network: '1.2.3' })
    const others = (change: Partial<LeaseView>, letter = 'a', engineClass = FIREFOX) => [loser, said(2, engineClass, letter, change)]
    expect(isSupported(loser, others({}))).toBe(true)
    expect(isSupported(loser, others({ state: 'voided' }))).toBe(true)
    expect(isSupported(loser, others({}, 'b'), () => true)).toBe(true)
    expect(isSupported(loser, [loser])).toBe(false)
    expect(isSupported(loser, others({}, 'b'))).toBe(false)
    expect(isSupported(loser, others({}, 'a', V8))).toBe(false)
    for (const change of [
      { network: '1.2.3' },
      { holder: 'd:1' },
      { votes: false },
      { trust: { ...NEW_TRUST, suspect: true } },
      { trust: { ...NEW_TRUST, trustEpoch: 1 } },
    ])
      expect(isSupported(loser, others(change)), JSON.stringify(change)).toBe(false)
  })

  test.each([
    ['most', { [V8]: 14, [FIREFOX]: 7, [WEBKIT]: 7 }, V8],
    ['a third and more than each other', { [V8]: 10, [FIREFOX]: 9.9, [WEBKIT]: 9.9 }, V8],
    ['more than each other, and too little of all', { [V8]: 10, [FIREFOX]: 7, [WEBKIT]: 7, 'v8-139': 7 }, undefined],
    ['as much as another', { [V8]: 7, [FIREFOX]: 7 }, undefined],
    ['all', { [V8]: 1.4 }, V8],
    ['nothing, since nobody is here', {}, undefined],
  ] as const)('T2 a class that has earned %s decides for all, or none does', (_, weights, leading) =>
    expect(leadingClass(new Map(Object.entries(weights)))).toBe(leading),
  )

  test('T2 a vote that fell since another engine computes the job has lost where it said another thing', () => {
    const fell = (row: number, letter: string, change: Partial<LeaseView> = {}) =>
      of(row, FIREFOX, { state: 'voided', output: answerOf(letter), ...change })
    const struck = { trust: { ...NEW_TRUST, trustEpoch: 1 } }
    const leases = [
      fell(1, 'b'),
      fell(2, 'a'),
      fell(3, 'b', struck),
      fell(4, 'b', { engineClass: V8 }),
      fell(5, 'b', { refusedBy: 'reject' }),
    ]
    expect(fallenApart(leases, V8, answerOf('a')).map(({ row }) => row)).toEqual([1])
    expect(fallenApart(leases, undefined, answerOf('a'))).toEqual([])
    expect(fallenApart(leases, V8, answerOf('a'), () => true)).toEqual([])
  })

  test('Q6 nor do newcomers who differ from the one who is known; two who are known do', () => {
    const disputed = (...checks: number[]) =>
      settleEach(unitOf(checks.map((k, i) => known(i + 1, k))), say('abc'), trusting).settlements.some((each) => each.disputed)
    expect([disputed(0, 0, 0), disputed(20, 0, 0), disputed(20, 0, 5), disputed(4, 4, 4)]).toEqual([true, false, true, true])
  })

  test('Q6 answers of suspects do not make a unit disputed', () => {
    const suspect = { trust: { ...NEW_TRUST, suspect: true } }
    const unit = unitOf([of(1, V8), of(2, V8), of(3, V8, suspect), of(4, V8)])
    expect(settleEach(unit, say('abcd'), trusting).settlements.map(({ disputed }) => disputed)).toEqual([false, false, false, true])
  })

  test('T2 two halves of a crowd that cannot agree are no failure: the larger class goes on', () => {
    const leases = crowd(V8, FIREFOX, V8, FIREFOX, V8, FIREFOX, V8, FIREFOX, V8, FIREFOX)
    const { unit, settlements } = settleEach(unitOf(leases), say('ababababab'), trusting)
    expect(settlements.at(-1)?.engineClass).toBe(FIREFOX)
    expect([unit.state, acceptedOutput(unit), unit.copies]).toEqual(['sealed', answerOf('b'), 5])
  })

  test('T2 votes of other classes on open units fall, and are asked for anew in the class of the job', () => {
    const voted = settleEach(unitOf(crowd(FIREFOX, V8, V8)), say('b'), quorum(2)).unit
    const { unit, settlements } = settleEach({ ...voted, engineClass: V8 }, [output(2, 'a')], quorum(2))
    expect(unit.leases.map(({ state }) => state)).toEqual(['voided', 'pending', 'issued'])
    expect([unit.live, unit.wanted, unit.copies, settlements[0]?.engineClass]).toEqual([2, 2, 2, null])
    expect(settleEach(unit, [output(3, 'a')], quorum(2)).unit.state).toBe('sealed')
  })

  test('T2 an own device of another class is heard', () => {
    const unit = unitOf([of(1, V8), of(2, FIREFOX, { own: true })], { engineClass: V8 })
    const { unit: now } = settleEach(unit, [output(2, 'b')], quorum(2, true))
    expect([now.state, acceptedOutput(now)]).toEqual(['sealed', answerOf('b')])
  })

  test('Q5 an open unit that nobody computes wants more than it has, whichever engines and suspects answered', () => {
    const lease = fc.tuple(fc.constantFrom(V8, FIREFOX, WEBKIT), fc.boolean(), fc.constantFrom('copy', 'audit' as const))
    const arrivals = fc.array(fc.tuple(fc.nat(7), fc.constantFrom('a', 'b', 'c', '')), { maxLength: 12 })
    fc.assert(
      fc.property(
        fc.array(lease, { minLength: 8, maxLength: 8 }),
        arrivals,
        fc.constantFrom(quorum(2), trusting),
        fc.option(fc.constantFrom(V8, FIREFOX), { nil: undefined }),
        (leases, steps, policy, pinned) => {
          const made = leases.map(([engineClass, suspect, kind], i) => of(i + 1, engineClass, { kind, trust: { ...NEW_TRUST, suspect } }))
          let unit: UnitView = unitOf(made, pinned ? { engineClass: pinned } : {})
          for (const [which, letter] of steps) {
            const settlement = settle(unit, [letter === '' ? given(which + 1, 'expired') : output(which + 1, letter)], policy)
            unit = { ...applied(unit, settlement), ...(settlement.engineClass !== null && { engineClass: settlement.engineClass }) }
            expect(unit.copies).toBeLessThanOrEqual(8)
            const inFlight = unit.leases.some(({ state }) => state === 'issued')
            if (unit.state === 'open' && !inFlight) expect(unit.wanted).toBeGreaterThan(unit.live)
          }
        },
      ),
      { seed: seeds(), numRuns: 400 },
    )
  })
})
