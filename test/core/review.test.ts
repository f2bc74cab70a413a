import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LeaseView } from '../../server/core/agreement.ts'
import { checksToSeal } from '../../server/core/sealing.ts'
import { settle, type UnitView } from '../../server/core/settle.ts'
import { answerOf, applied, output, quorum, seeds, unitOf } from './crowd.ts'
import { answered, asked, believing, earned, SUSPECT, struckSince } from './voters.ts'

const trusted = earned(20)
const decided = (state: 'accepted' | 'sealed', leases: readonly LeaseView[], change: Partial<UnitView> = {}) =>
  unitOf(leases, { state, ...change })
const kindsOf = ({ events }: ReturnType<typeof settle>) => events.map(({ kind }) => kind)
const statesOf = ({ leases }: UnitView) => leases.map(({ state }) => state)
/** Settles without an arrival: somebody's trust changed. */
const lookAt = (unit: UnitView, policy = believing()) => settle(unit, [], policy)

describe('Q12 what re-opens a decided unit', () => {
  const single = decided('accepted', [answered(1, 'agreed', 'a', trusted), asked(2, trusted, { kind: 'audit' })])

  test('Q12 a differing audit re-opens a single word with both votes, strikes nobody and asks for one more copy', () => {
    const settlement = settle(single, [output(2, 'b')], believing())
    expect([settlement.unit.state, settlement.unit.wanted, kindsOf(settlement)]).toEqual(['open', 3, ['retracted']])
    expect(settlement.trust).toEqual([])
    expect(settlement.alone).toBeNull()
  })

  test.each([
    ['a', 1, 2],
    ['b', 2, 1],
  ] as const)('Q12 the next copy decides for %s: the vote passes lease %i and strikes lease %i', (letter, winner, loser) => {
    const open = applied(single, settle(single, [output(2, 'b')], believing()))
    const again = settle({ ...open, leases: [...open.leases, asked(3, trusted)], live: 3, copies: 2 }, [output(3, letter)], believing())
    expect(kindsOf(again)).toEqual(['sealed'])
    const verdicts = again.trust.map(({ leaseRow, verdict }) => [leaseRow, verdict])
    expect(verdicts).toHaveLength(3)
    expect(verdicts).toEqual(
      expect.arrayContaining([
        [winner, 'passed'],
        [loser, 'struck'],
        [3, 'passed'],
      ]),
    )
  })

  test('Q12 a sealed single word is retracted the same way, and its failed inputs are taken back', () => {
    const unit = decided('sealed', [answered(1, 'agreed', 'e', trusted, { errors: 1 }), asked(2, trusted, { kind: 'audit' })])
    const settlement = settle(unit, [output(2, 'b')], believing())
    expect([kindsOf(settlement), settlement.failedInputs]).toEqual([['retracted'], -1])
  })

  test('Q12 what two stand behind is not re-opened by an audit, which is struck for it', () => {
    const unit = decided('sealed', [answered(1, 'agreed', 'a', trusted), answered(2, 'agreed', 'a'), asked(3, trusted, { kind: 'audit' })])
    const settlement = settle(unit, [output(3, 'b')], believing())
    expect([settlement.unit.state, kindsOf(settlement)]).toEqual(['sealed', []])
    expect(settlement.trust).toEqual([{ deviceId: 3, trustId: 3, leaseRow: 3, verdict: 'struck' }])
  })

  test('Q12 of two behind an answer only those that are not suspect count', () => {
    const unit = decided('accepted', [
      answered(1, 'agreed', 'a', trusted),
      answered(2, 'agreed', 'a', SUSPECT),
      asked(3, trusted, { kind: 'audit' }),
    ])
    expect(kindsOf(settle(unit, [output(3, 'b')], believing()))).toEqual(['retracted'])
  })

  test('Q12 a suspect’s differing audit of a single word is a vote as soon as it disputes the unit', () => {
    const unit = decided('accepted', [answered(1, 'agreed', 'a', trusted), asked(2, SUSPECT, { kind: 'audit' })])
    const settlement = settle(unit, [output(2, 'b')], believing())
    expect([settlement.unit.state, settlement.unit.wanted]).toEqual(['open', 3])
    expect(applied(unit, settlement).leases[1]).toMatchObject({ state: 'pending', votes: true })
  })

  test('Q12 where a quorum decides, another answer disputes nothing', () => {
    const unit = decided('accepted', [answered(1, 'agreed', 'a'), asked(2)])
    expect(settle(unit, [output(2, 'b')], quorum(1))).toMatchObject({ unit: { state: 'accepted' }, events: [], trust: [] })
  })
})

describe('T1 votes that a strike took away', () => {
  test('T1 an open unit loses the vote, and wants another copy', () => {
    const unit = unitOf([struckSince(answered(1, 'pending', 'a', earned(3))), answered(2, 'pending', 'a', earned(1))], { wanted: 3 })
    const settlement = lookAt(unit)
    expect([statesOf(applied(unit, settlement)), settlement.unit.wanted, settlement.unit.copies]).toEqual([['voided', 'pending'], 2, 1])
  })

  test('T1 an accepted unit that stands on it re-opens; one whose other votes suffice does not', () => {
    const alone = decided('accepted', [struckSince(answered(1, 'agreed', 'a', trusted))])
    expect([kindsOf(lookAt(alone)), lookAt(alone).unit.state]).toEqual([['retracted'], 'open'])
    const other = decided('accepted', [struckSince(answered(1, 'agreed', 'a', trusted)), answered(2, 'agreed', 'a', trusted)])
    expect(kindsOf(lookAt(other))).toEqual([])
    expect(lookAt(other).alone).toEqual({ trustId: 2, checksThen: 20 })
  })

  test('T1 a re-opened unit gives the place of the voided copy back, not that of an audit', () => {
    const unit = decided('accepted', [struckSince(answered(1, 'agreed', 'a', trusted))], { copies: 10 })
    expect(lookAt(unit).unit).toMatchObject({ state: 'open', live: 0, wanted: 1, copies: 9 })
    const audited = decided('accepted', [
      answered(1, 'agreed', 'a', trusted),
      struckSince(answered(2, 'agreed', 'a', trusted, { kind: 'audit' })),
    ])
    expect(lookAt(audited).unit.copies).toBe(2)
  })

  test('T1 a sealed unit keeps the vote, whatever else is found', () => {
    const unit = decided('sealed', [struckSince(answered(1, 'agreed', 'a', trusted))])
    expect(lookAt(unit)).toMatchObject({ unit: { state: 'sealed', live: 1, copies: 1 }, leases: [], events: [], trust: [] })
  })

  test('T1 a sealed unit that is disputed loses it with the rest', () => {
    const struck = struckSince(answered(1, 'agreed', 'a', trusted))
    const unit = decided('sealed', [struck, asked(2, trusted, { kind: 'again' })])
    const settlement = settle(unit, [output(2, 'b')], believing())
    expect(kindsOf(settlement).slice(0, 2)).toEqual(['retracted', 'accepted'])
    expect(applied(unit, settlement).leases.map(({ state }) => state)).toEqual(['voided', 'agreed'])
  })

  test('T1 T2 a second look that differs takes away whoever only an engine excused since, another check does not', () => {
    const excused = [1, 2].map((row) => answered(row, 'agreed', 'a', trusted, { excused: true, engineClass: `rare-${row}` }))
    const statesAfter = (kind: 'again' | 'audit', votes = excused) => {
      const unit = decided('sealed', [...votes, asked(3, trusted, { kind })])
      return applied(unit, settle(unit, [output(3, 'b')], believing())).leases.map(({ state }) => state)
    }
    expect(statesAfter('again')).toEqual(['voided', 'voided', 'agreed'])
    expect(statesAfter('audit')).toEqual(['agreed', 'agreed', 'disagreed'])
    expect(statesAfter('again', [excused[0]!, { ...excused[1]!, excused: false }])).toEqual(['voided', 'agreed', 'pending'])
    expect(lookAt(decided('accepted', [excused[0]!])), 'until then nothing falls').toMatchObject({ leases: [], events: [] })
  })

  test('T1 an own device keeps its voice', () => {
    const own = { ...struckSince(answered(1, 'agreed', 'a', trusted)), own: true }
    expect(lookAt(decided('accepted', [own]), believing(1e-2, { ownSeals: true })).unit.state).toBe('sealed')
  })

  test('T1 after any strikes no accepted unit stands on a vote of an earlier epoch', () => {
    const vote = fc.record({ letter: fc.constantFrom('a', 'a', 'a', 'b'), checks: fc.nat(40), struck: fc.boolean(), agreed: fc.boolean() })
    fc.assert(
      fc.property(fc.array(vote, { minLength: 1, maxLength: 6 }), fc.constantFrom('open', 'accepted'), (votes, state) => {
        const leases = votes.map(({ letter, checks, struck }, i) => {
          const lease = answered(i + 1, state === 'open' ? 'pending' : letter === 'a' ? 'agreed' : 'disagreed', letter, earned(checks))
          return struck ? struckSince(lease) : lease
        })
        const unit = unitOf(leases, { state })
        const settlement = lookAt(unit)
        const now = applied(unit, settlement)
        expect(
          statesOf(now)
            .filter((_, i) => votes[i]!.struck)
            .every((each) => each === 'voided'),
        ).toBe(true)
        expect(now.live).toBe(votes.filter(({ struck }) => !struck).length)
        if (now.state === 'accepted' || now.state === 'sealed') expect(now.leases.some((lease) => lease.state === 'agreed')).toBe(true)
        expect(lookAt(now), 'looked at again it stays as it is').toMatchObject({ events: [], leases: [], trust: [] })
      }),
      { seed: seeds(), numRuns: 2000 },
    )
  })
})

describe('Q14 what seals an accepted unit', () => {
  const since = (checks: number, change: Partial<LeaseView> = {}) =>
    decided('accepted', [answered(1, 'agreed', 'a', earned(20 + checks), { checksThen: 20, ...change })])

  test('Q14 its author’s later checks, not one earlier', () => {
    const needed = checksToSeal(1e-2)
    expect([needed - 1, needed].map((checks) => kindsOf(lookAt(since(checks))))).toEqual([[], ['sealed']])
    expect(lookAt(since(needed)).failedInputs, 'they failed when it was accepted').toBe(0)
  })

  test('Q14 T2 where engines differ the store knows whose words later checks seal; a second voice seals as ever', () => {
    const sensitive = { ...since(checksToSeal(1e-2)), engineSensitive: true }
    expect(kindsOf(lookAt(sensitive))).toEqual([])
    const leases = [...sensitive.leases, asked(2, trusted, { kind: 'sample' })]
    expect(kindsOf(settle({ ...sensitive, leases }, [output(2, 'a')], believing()))).toEqual(['sealed'])
  })

  test('Q14 a second voice that says the same', () => {
    const unit = decided('accepted', [answered(1, 'agreed', 'a', trusted), asked(2, trusted, { kind: 'audit' })])
    const settlement = settle(unit, [output(2, 'a')], believing())
    expect(settlement.events).toMatchObject([{ kind: 'sealed', output: answerOf('a'), holders: 2, leaseRow: 1 }])
    expect(settlement.trust.map(({ leaseRow, verdict }) => [leaseRow, verdict])).toEqual([
      [2, 'passed'],
      [1, 'passed'],
    ])
  })

  test('Q14 not one of the same network', () => {
    const unit = decided('accepted', [
      answered(1, 'agreed', 'a', trusted, { network: '203.0.113' }),
      asked(2, trusted, { kind: 'audit', network: '203.0.113' }),
    ])
    expect(kindsOf(settle(unit, [output(2, 'a')], believing()))).toEqual([])
  })

  test('Q14 not a suspect’s audit, which is no vote', () => {
    const unit = decided('accepted', [answered(1, 'agreed', 'a', trusted), asked(2, SUSPECT, { kind: 'audit' })])
    const settlement = settle(unit, [output(2, 'a')], believing())
    expect([settlement.unit.state, kindsOf(settlement)]).toEqual(['accepted', []])
    expect(settlement.trust.map(({ leaseRow, verdict }) => [leaseRow, verdict])).toEqual([[2, 'passed']])
    expect(applied(unit, settlement).leases[1]).toMatchObject({ state: 'agreed', votes: false, checked: true })
    expect(settlement.alone, 'it still stands on one word').toEqual({ trustId: 1, checksThen: 20 })
  })

  test('Q15 the closing sample of its author', () => {
    expect(kindsOf(lookAt({ ...since(0), sampled: true }))).toEqual(['sealed'])
  })

  test('Q14 a suspect holds up nothing: neither later checks nor the sample seal its word', () => {
    const suspect = answered(1, 'agreed', 'a', { ...SUSPECT, checks: 50 }, { checksThen: 0 })
    expect(lookAt(decided('accepted', [suspect])).alone).toBeNull()
    expect(kindsOf(lookAt(decided('accepted', [suspect])))).toEqual([])
  })

  test('Q14 a fixed quorum is not sealed by checks', () => {
    expect(kindsOf(lookAt(since(100), quorum(1)))).toEqual([])
  })
})

describe('T3 strikes taken back', () => {
  const lost = struckSince(answered(1, 'disagreed', 'b', earned(5), { checked: true }))

  test.each([
    ['its vote falls in the same moment', lost],
    ['its vote fell when the unit was re-opened', { ...lost, state: 'voided' as const }],
  ])('T3 whoever was struck for an answer that is accepted after all gets its strike back: %s', (_name, struck) => {
    const unit = unitOf([struck, answered(2, 'pending', 'b', trusted), answered(3, 'pending', 'a', earned(1)), asked(4, trusted)])
    const settlement = settle(unit, [output(4, 'b')], believing())
    const { trust } = settlement
    expect(trust.filter(({ leaseRow }) => leaseRow === 1).map(({ verdict }) => verdict)).toEqual(['reverted'])
    expect(trust.filter(({ leaseRow }) => leaseRow === 3).map(({ verdict }) => verdict)).toEqual(['struck'])
    expect(applied(unit, settlement).leases[0]?.state, 'its vote stays voided').toBe('voided')
  })

  test('T3 whoever was struck for another answer than that does not', () => {
    const unit = unitOf([lost, answered(2, 'pending', 'c', trusted), asked(4, trusted)])
    const { trust } = settle(unit, [output(4, 'c')], believing())
    expect(trust.map(({ leaseRow }) => leaseRow)).not.toContain(1)
  })
})
