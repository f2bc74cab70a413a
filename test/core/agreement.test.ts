import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { groupAnswers, hasAnswer, holdersOf, type LeaseView } from '../../server/core/agreement.ts'
import { demandOf, redundancyOf } from '../../server/core/policy.ts'
import { confidenceIn } from '../../server/core/poll.ts'
import { settle } from '../../server/core/settle.ts'
import { NEW_TRUST } from '../../server/core/trust.ts'
import { acceptedOutput, answerOf, applied, issued, output, quorum, seeds, settleEach, unitOf } from './crowd.ts'

const pending = (row: number, letter: string, holder = `d:${row}`): LeaseView => ({
  ...issued(row),
  holder,
  state: 'pending',
  output: answerOf(letter),
})

describe('Q5 agreement', () => {
  test('Q5 equal answers form one group, the largest first, ties by the oldest lease', () => {
    const groups = groupAnswers([pending(4, 'b'), pending(1, 'a'), pending(3, 'b'), pending(2, 'c')])
    expect(groups.map(({ output, leases }) => [output, leases.map(({ row }) => row)])).toEqual([
      [answerOf('b'), [3, 4]],
      [answerOf('a'), [1]],
      [answerOf('c'), [2]],
    ])
  })

  test('Q5 one holder is one voice, however many leases it has', () => {
    const [group] = groupAnswers([pending(1, 'a', 'a:7'), pending(2, 'a', 'a:7'), pending(3, 'a', 'd:3')])
    expect(group && holdersOf(group)).toBe(2)
  })

  test('Q5 what is not an answer has no voice', () => {
    const states = ['issued', 'errored', 'expired', 'released', 'revoked', 'checking', 'voided'] as const
    expect(states.map((state) => hasAnswer({ ...pending(1, 'a'), state }))).toEqual(states.map(() => false))
    expect(hasAnswer({ ...pending(1, 'a'), output: null })).toBe(false)
  })

  test('Q4 the confidence in agreeing strangers is that of Sarmenta 2001, by what they earned and by who says otherwise', () => {
    const confidence = (leases: readonly LeaseView[]) => {
      const groups = groupAnswers(leases)
      return confidenceIn(groups[0]!, groups).toFixed(3)
    }
    const agreeing = (count: number) => Array.from({ length: count }, (_, i) => pending(i + 1, 'a', `d:${i}`))
    expect([1, 2, 3, 4].map((count) => confidence(agreeing(count)))).toEqual(['0.800', '0.941', '0.985', '0.996'])
    expect(confidence([...agreeing(2), pending(9, 'b', 'd:9')])).toBe('0.762')
    expect(confidence([{ ...pending(1, 'a'), trust: { ...NEW_TRUST, checks: 30 } }])).toBe('0.997')
  })
  test.each([
    ['none', { quorum: 1 }],
    [{ quorum: 3 }, { quorum: 3 }],
    [{ targetError: 1e-3 }, { quorum: 2, targetError: 1e-3 }],
  ] as const)('Q1 %j is kept as %j and read again', (redundancy, demand) => {
    expect(demandOf(redundancy)).toEqual(demand)
    expect(redundancyOf(demand)).toEqual(redundancy)
  })
})

/** As many rows answer `a` as the quorum needs; others answer alone, so that no second group can reach it. */
const votes = fc.integer({ min: 2, max: 4 }).chain((needed) =>
  fc.tuple(fc.constant(needed), fc.nat(3), fc.nat(2)).chain(([, wrong, late]) => {
    const right = Array.from({ length: needed + late }, (_, i) => output(i + 1, 'a'))
    const others = Array.from({ length: wrong }, (_, i) => output(needed + late + i + 1, 'bcd'[i]!))
    const arrivals = [...right, ...others]
    return fc.tuple(fc.constant(needed), fc.shuffledSubarray(arrivals, { minLength: arrivals.length }))
  }),
)

describe('Q5 order', () => {
  test('Q5 the order of arrival never changes the accepted output, nor whose answer agreed', () => {
    fc.assert(
      fc.property(votes, fc.integer({ min: 1, max: 8 }), ([needed, arrivals], size) => {
        const start = unitOf(arrivals.map((_, i) => issued(i + 1)))
        const sorted = [...arrivals].sort((a, b) => a.row - b.row)
        const inOrder = settleEach(start, sorted, quorum(needed)).unit
        let shuffled = start
        for (let i = 0; i < arrivals.length; i += size) {
          shuffled = applied(shuffled, settle(shuffled, arrivals.slice(i, i + size), quorum(needed)))
        }
        expect(acceptedOutput(shuffled)).toBe(answerOf('a'))
        expect(shuffled.leases.map(({ state }) => state)).toEqual(inOrder.leases.map(({ state }) => state))
        expect(shuffled.state).toBe(inOrder.state)
      }),
      { seed: seeds(), numRuns: 2000 },
    )
  })

  test('Q5 answers that arrive in one batch count as if they had come one by one', () => {
    const start = unitOf([issued(1), issued(2)])
    const { leases, ...unit } = applied(start, settle(start, [output(1, 'a'), output(2, 'a')], quorum(2)))
    expect({ ...unit, states: leases.map(({ state }) => state) }).toMatchObject({ state: 'sealed', live: 2, states: ['agreed', 'agreed'] })
    expect(unit).toEqual({ ...settleEach(start, [output(2, 'a'), output(1, 'a')], quorum(2)).unit, leases: undefined })
  })
})
