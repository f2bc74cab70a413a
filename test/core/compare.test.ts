import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Policy } from '../../server/core/policy.ts'
import type { UnitView } from '../../server/core/settle.ts'
import { acceptedOutput, answerOf, issued, output, quorum, seeds, settleEach, unitOf } from './crowd.ts'

/** Answers are letters here: neighbours in the alphabet are alike, so that likeness does not pass on. */
const letterOf = (reference: string): number => Buffer.from(reference.slice(2), 'hex')[0]!
const alike = (one: string, other: string): boolean => Math.abs(letterOf(one) - letterOf(other)) <= 1
const unitWith = (count: number, own: readonly number[] = []): UnitView =>
  unitOf(
    Array.from({ length: count }, (_, i) => issued(i + 1, own.includes(i + 1))),
    { alike },
  )
const statesOf = (unit: UnitView) => unit.leases.map(({ state }) => state)

describe('K26 compare', () => {
  test('K26 answers that are alike agree, and that of the oldest lease is accepted', () => {
    const { unit, settlements } = settleEach(unitWith(3), [output(3, 'b'), output(2, 'q'), output(1, 'a')], quorum(2))
    expect(settlements.at(-1)?.events).toMatchObject([{ kind: 'sealed', leaseRow: 1, output: answerOf('a'), holders: 2 }])
    expect(statesOf(unit)).toEqual(['agreed', 'disagreed', 'agreed'])
  })

  test('K26 a group stands around its representative and never becomes a chain', () => {
    const { unit } = settleEach(unitWith(4), [output(1, 'b'), output(2, 'd'), output(3, 'c')], quorum(3))
    expect(unit.state).toBe('open')
    const decided = settleEach(unit, [output(4, 'a')], quorum(3))
    expect(decided.settlements[0]?.events).toMatchObject([{ output: answerOf('b'), holders: 3 }])
    expect(statesOf(decided.unit)).toEqual(['agreed', 'disagreed', 'agreed', 'agreed'])
  })

  test('K26 what comes late agrees when it is alike, and never takes the place of what was accepted', () => {
    const { unit } = settleEach(unitWith(4), [output(2, 'm'), output(3, 'n')], quorum(2))
    const late = settleEach(unit, [output(1, 'l'), output(4, 'l')], quorum(2))
    expect(late.settlements.flatMap(({ events }) => events)).toEqual([])
    expect(statesOf(late.unit)).toEqual(['pending', 'agreed', 'agreed', 'agreed'])
    expect(acceptedOutput(late.unit)).toBe(answerOf('m'))
  })

  test('K26 an own device confirms what is alike, and two of them that are alike do not differ', () => {
    const seals = { ...quorum(1), ownSeals: true }
    const { unit, settlements } = settleEach(unitWith(2, [2]), [output(1, 'a'), output(2, 'b')], seals)
    expect(settlements.flatMap(({ events }) => events.map(({ kind, output }) => [kind, output]))).toEqual([
      ['accepted', answerOf('a')],
      ['sealed', answerOf('a')],
    ])
    expect(unit.state).toBe('sealed')
    expect(settleEach(unitWith(2, [1, 2]), [output(1, 'a'), output(2, 'b')], seals).settlements.at(-1)?.job).toBeNull()
  })

  test('K26 Q13 within a tolerance of a researcher’s only the same bytes are a check, within the operator’s all that agrees', () => {
    const passed = (policy: Policy, ...letters: string[]) => {
      const answers = letters.map((letter, i) => output(i + 1, letter))
      const { settlements } = settleEach(unitWith(letters.length), answers, policy)
      return settlements.flatMap(({ trust }) => trust.flatMap(({ verdict, leaseRow }) => (verdict === 'passed' ? [leaseRow] : [])))
    }
    const partisan = { ...quorum(2), partisan: true }
    expect(passed(partisan, 'a', 'b')).toEqual([])
    expect(passed(quorum(2), 'a', 'b')).toEqual([1, 2])
    expect(passed({ ...quorum(3), partisan: true }, 'b', 'a', 'b')).toEqual([1, 3])
  })

  test('K26 the order in which they come never changes what is accepted when one group alone decides', () => {
    const crowd = fc.integer({ min: 1, max: 4 }).chain((needed) =>
      fc.record({
        needed: fc.constant(needed),
        // As many as are needed around `f`, all alike with each other, and others far from them and from each other.
        letters: fc
          .tuple(
            fc.array(fc.constantFrom('f', 'g'), { minLength: Math.max(2, needed), maxLength: Math.max(2, needed) }),
            fc.uniqueArray(fc.constantFrom('k', 'o', 's'), { maxLength: 2 }),
          )
          .chain(([right, wrong]) => fc.shuffledSubarray([...right, ...wrong], { minLength: right.length + wrong.length })),
      }),
    )
    fc.assert(
      fc.property(crowd, fc.infiniteStream(fc.nat()), ({ needed, letters }, random) => {
        const arrivals = letters.map((letter, i) => output(i + 1, letter))
        const orders = [arrivals, arrivals.toReversed(), shuffled(arrivals, random)]
        const outcomes = orders.map((order) => {
          const end = settleEach(unitWith(letters.length), order, quorum(Math.max(2, needed))).unit
          return [end.state, acceptedOutput(end)]
        })
        const first = letters.find((letter) => letter === 'f' || letter === 'g')!
        expect(outcomes).toEqual(orders.map(() => ['sealed', answerOf(first)]))
      }),
      { seed: seeds(), numRuns: 1000 },
    )
  })
})

function shuffled<Item>(items: readonly Item[], random: Iterator<number>): Item[] {
  const left = [...items]
  return items.map(() => left.splice(random.next().value % left.length, 1)[0]!)
}
