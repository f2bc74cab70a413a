import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LeaseView } from '../../server/core/agreement.ts'
import type { Policy } from '../../server/core/policy.ts'
import { type Arrival, settle } from '../../server/core/settle.ts'
import { NEW_TRUST, type Trust } from '../../server/core/trust.ts'
import { acceptedOutput, answerOf, applied, issued, output, seeds, settleEach, unitOf } from './crowd.ts'

const trusted = (checks: number): Trust => ({ ...NEW_TRUST, checks, returned: checks, checked: checks })
const lease = (row: number, checks: number, change: Partial<LeaseView> = {}): LeaseView => ({
  ...{ ...issued(row), trust: trusted(checks), engineClass: 'v8-140' },
  ...change,
})
const target = (targetError: number, ownSeals = false): Policy => ({ quorum: 1, targetError, ownSeals, onError: 'continue' })

describe('Q5 a target error', () => {
  test('Q5 a long-trusted word is accepted alone and not sealed, with its credibility as confidence', () => {
    const { unit, events } = settle(unitOf([lease(1, 20)]), [output(1, 'a')], target(1e-2))
    expect(unit.state).toBe('accepted')
    expect(events).toMatchObject([{ kind: 'accepted', holders: 1 }])
    expect(events[0]?.confidence).toBeCloseTo(0.9954, 4)
  })

  test('Q5 newcomers are asked one after the other until four agree', () => {
    const leases = [1, 2, 3, 4].map((row) => lease(row, 0))
    const { settlements } = settleEach(
      unitOf(leases, { wanted: 2 }),
      [1, 2, 3, 4].map((row) => output(row, 'a')),
      target(1e-2),
    )
    expect(settlements.map(({ unit }) => [unit.state, unit.wanted])).toEqual([
      ['open', 2],
      ['open', 3],
      ['open', 4],
      ['sealed', 4],
    ])
  })

  test('Q5 one long-trusted word does not overrule a stranger, two do', () => {
    const unit = unitOf([lease(1, 0), lease(2, 900), lease(3, 20)])
    const { settlements } = settleEach(unit, [output(1, 'a'), output(2, 'b'), output(3, 'b')], target(1e-2))
    expect(settlements.map(({ unit: { state } }) => state)).toEqual(['open', 'open', 'sealed'])
  })

  test('Q5 two devices of one holder are one voice, that of the more trusted', () => {
    const unit = unitOf([lease(1, 3, { holder: 'a:7' }), lease(2, 5, { holder: 'a:7' }), lease(3, 0)])
    const { settlements } = settleEach(unit, [output(1, 'a'), output(2, 'a')], target(1e-2))
    expect(settlements.map(({ unit: { state } }) => state)).toEqual(['open', 'open'])
  })

  test('Q14 two that agree are not sealed while one is suspect', () => {
    const suspect = { ...trusted(0), suspect: true }
    const unit = unitOf([lease(1, 60), lease(2, 0, { trust: suspect })])
    expect(settle(unit, [output(1, 'a'), output(2, 'a')], target(1e-2)).unit.state).toBe('accepted')
  })

  test('Q5 the order of arrival never changes what is accepted when one group alone reaches theta', () => {
    const votes = fc.array(fc.nat(40), { minLength: 2, maxLength: 5 }).chain((right) =>
      fc.nat(2).chain((wrong) => {
        const leases = [...right, ...new Array(wrong).fill(0)].map((count, i) => lease(i + 1, count))
        const arrivals: Arrival[] = leases.map(({ row }, i) => output(row, i < right.length ? 'a' : 'bc'[i - right.length]!))
        return fc.tuple(fc.constant(leases), fc.shuffledSubarray(arrivals, { minLength: arrivals.length }))
      }),
    )
    fc.assert(
      fc.property(votes, ([leases, arrivals]) => {
        const batch = settle(unitOf(leases), arrivals, target(1e-2))
        const one = settleEach(unitOf(leases), arrivals, target(1e-2)).unit
        if (batch.unit.state !== 'open') expect(acceptedOutput(one)).toBe(answerOf('a'))
        expect(one.state).not.toBe('failed')
      }),
      { seed: seeds() },
    )
  })
})

describe('Q13 checks of a decision', () => {
  test('Q13 winners pass and losers are struck when the unit is decided, once, and who agrees late passes too', () => {
    const unit = unitOf([lease(1, 0), lease(2, 10), lease(3, 10), lease(4, 10, { checked: true })])
    const { settlements } = settleEach(unit, [output(1, 'b'), output(2, 'a'), output(4, 'a'), output(3, 'a')], target(1e-2))
    const verdicts = settlements.map(({ trust }) => trust.map(({ deviceId, verdict }) => [deviceId, verdict]))
    expect(verdicts).toEqual([
      [],
      [],
      [
        [1, 'struck'],
        [2, 'passed'],
      ],
      [[3, 'passed']],
    ])
  })

  test('Q13 a single word checks nobody, an own device everybody', () => {
    expect(settle(unitOf([lease(1, 20)]), [output(1, 'a')], target(1e-2)).trust).toEqual([])
    const unit = unitOf([lease(1, 0), lease(2, 0), lease(3, 0, { own: true })])
    const { trust } = settle(unit, [output(1, 'a'), output(2, 'b'), output(3, 'a')], target(1e-2, true))
    expect(trust).toEqual([
      { deviceId: 1, trustId: 0, leaseRow: 1, verdict: 'passed' },
      { deviceId: 2, trustId: 0, leaseRow: 2, verdict: 'struck' },
    ])
  })

  test('Q13 who passed by accomplices is struck once these are outvoted, and once only', () => {
    const unit = unitOf([lease(1, 10), lease(2, 10), lease(3, 0, { own: true }), lease(4, 0, { own: true })])
    const arrivals = [output(1, 'b'), output(2, 'b'), output(3, 'a'), output(4, 'a')]
    const { settlements } = settleEach(unit, arrivals, target(1e-2, true))
    const verdicts = settlements.map(({ trust }) => trust.map(({ deviceId, verdict }) => [deviceId, verdict]).sort())
    const both = (verdict: string) => [1, 2].map((device) => [device, verdict])
    expect(verdicts).toEqual([[], both('passed'), both('struck'), []])
  })

  test('T2 a loser of another engine is not struck, nor one of some standing before the unit ran by itself', () => {
    const other = unitOf([lease(1, 10, { engineClass: 'jsc-18' }), lease(2, 10), lease(3, 10)])
    const arrivals = [output(1, 'b'), output(2, 'a'), output(3, 'a')]
    expect(settle(other, arrivals, target(1e-2)).trust.map(({ verdict }) => verdict)).toEqual(['engine', 'passed', 'passed'])
    const shared = unitOf([1, 2, 3].map((row) => lease(row, 10, { isolated: false })))
    expect(settle(shared, arrivals, target(1e-2)).trust.map(({ verdict }) => verdict)).toEqual(['isolation', 'passed', 'passed'])
    expect(applied(shared, settle(shared, arrivals, target(1e-2))).state).toBe('sealed')
  })
})
