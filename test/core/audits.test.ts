import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { auditProbability, LEAST_AUDITS, rankOf, slotOf } from '../../server/core/audit-plan.ts'
import { judgeAudit } from '../../server/core/audit-verdict.ts'
import { sampleSize } from '../../server/core/closing-sample.ts'
import { checksToSeal, isProven, type Standing, sealedBy } from '../../server/core/sealing.ts'
import { reauditAll, reauditsAtFirst, undo } from '../../server/core/strike.ts'
import { NEW_TRUST, type Trust } from '../../server/core/trust.ts'
import { judgeVote } from '../../server/core/vote-checks.ts'
import { seeds } from './crowd.ts'

const of = (checks: number, returned: number, suspect = false): Trust => ({ ...NEW_TRUST, checks, returned, suspect })

describe('Q11 audits', () => {
  test.each([
    [of(9, 9), 1e-2, 0],
    [of(10, 3), 1e-2, 1],
    [of(10, 10), 1e-2, 0.36788],
    [of(60, 73), 1e-2, 0.0504],
    [of(60, 500), 1e-2, 0.05],
    [of(60, 500), 1e-3, 0],
    [of(92, 100), 1e-3, 0.36788],
    [of(0, 500, true), 1e-2, 1],
  ])('Q11 %j at %d is audited with probability %d', (trust, targetError, probability) => {
    expect(auditProbability(trust, targetError)).toBeCloseTo(probability, 4)
  })

  test('Q11 whoever is believed alone is audited, the less the more it returned, never less than one time in twenty', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 3000 }), fc.nat(3000), (returned, more) => {
        const now = auditProbability(of(10, returned), 1e-2)
        expect(now).toBeGreaterThanOrEqual(LEAST_AUDITS)
        expect(auditProbability(of(10, returned + more), 1e-2)).toBeLessThanOrEqual(now)
      }),
      { seed: seeds() },
    )
  })

  const target = { leases: 1, inFlight: 0, standsOn: 1, excluded: false }
  test.each([
    ['a unit on one word', {}, false, 2],
    ['a unit on one word, for a suspect', {}, true, 1],
    ['a unit on two words', { standsOn: 2 }, false, 1],
    ['a unit on two words, for a suspect', { standsOn: 2 }, true, 2],
    ['seven leases', { leases: 7 }, false, 2],
    ['eight leases', { leases: 8 }, false, 0],
    ['one in flight', { inFlight: 1 }, false, 0],
    ['its holder', { excluded: true }, false, 0],
  ] as const)('Q11 as a target: %s', (_name, change, suspect, rank) => expect(rankOf({ ...target, ...change }, suspect)).toBe(rank))

  test('Q11 a random number names a slot of the pool', () => {
    expect([0, 0.5, 0.99999].map((random) => slotOf(4096, random))).toEqual([0, 2048, 4095])
  })
})

describe('Q12 what an audit says', () => {
  const answer = { agrees: true, behind: 1, certain: false, suspect: false, again: false }
  test.each([
    ['confirms a single word', {}, ['passed', 'passed', 'keep', true]],
    ['confirms two', { behind: 2 }, ['passed', 'unjudged', 'keep', true]],
    ['confirms an own device', { behind: 0, certain: true }, ['passed', 'unjudged', 'keep', true]],
    ['of a suspect confirms', { suspect: true }, ['passed', 'unjudged', 'keep', false]],
    ['contradicts a single word', { agrees: false }, ['unjudged', 'unjudged', 'retract', true]],
    ['contradicts two', { agrees: false, behind: 2 }, ['struck', 'unjudged', 'keep', true]],
    ['contradicts an own device or verify', { agrees: false, behind: 0, certain: true }, ['struck', 'unjudged', 'keep', true]],
    ['of a suspect contradicts two', { agrees: false, behind: 2, suspect: true }, ['struck', 'unjudged', 'keep', false]],
    ['of a suspect contradicts one', { agrees: false, suspect: true }, ['unjudged', 'unjudged', 'retract', true]],
    ['after a strike contradicts two', { agrees: false, behind: 2, again: true }, ['unjudged', 'unjudged', 'retract', true]],
    ['after a strike confirms', { again: true }, ['passed', 'unjudged', 'keep', true]],
  ] as const)('Q12 an audit that %s', (_name, change, [auditor, author, unit, votes]) => {
    expect(judgeAudit({ ...answer, ...change })).toEqual({ auditor, author, unit, votes })
  })

  test('Q12 nobody is struck on one word, nor by a second look', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.nat(4), fc.boolean(), fc.boolean(), fc.boolean(), (agrees, behind, certain, suspect, again) => {
        const { auditor } = judgeAudit({ agrees, behind, certain, suspect, again })
        if (auditor === 'struck') expect(!again && !agrees && (certain || behind >= 2)).toBe(true)
      }),
      { seed: seeds() },
    )
  })
})

describe('Q13 votes are checks', () => {
  const juror = { engineClass: 'v8-140', checks: 0 }
  test.each([
    ['a winner among two', { won: true, checked: false }, 2, 'passed'],
    ['a winner that was checked by this unit before', { won: true, checked: true }, 2, 'unjudged'],
    ['a single word', { won: true, checked: false }, 1, 'unjudged'],
    ['a loser against two', { won: false, checked: false }, 2, 'struck'],
  ] as const)('Q13 %s', (_name, voter, winners, verdict) => {
    expect(judgeVote({ ...juror, ...voter }, { winners: new Array(winners).fill(juror), certain: false, belief: 1, isolated: true })).toBe(
      verdict,
    )
  })

  test('Q13 one own device is enough', () => {
    const trial = { winners: [juror], certain: true, belief: 0.1, isolated: true }
    expect([true, false].map((won) => judgeVote({ ...juror, won, checked: false }, trial))).toEqual(['passed', 'struck'])
  })

  test('T2 a loser of another engine is not struck', () => {
    const trial = { winners: [juror, juror], certain: false, belief: 1, isolated: true }
    expect(judgeVote({ engineClass: 'jsc-18', checks: 0, won: false, checked: false }, trial)).toBe('engine')
  })
})

describe('Q14 sealing', () => {
  const standing: Standing = { own: false, verified: false, holders: 1, anySuspect: false, checksSince: 0, sampled: false }
  test.each([
    [1e-2, 10],
    [1e-3, 92],
    [1e-4, 920],
  ])('Q14 at %d an author passes %i checks after its result', (targetError, checks) => {
    expect(checksToSeal(targetError)).toBe(checks)
    expect([checks - 1, checks].map((since) => isProven(since, targetError))).toEqual([false, true])
  })

  test.each([
    ['a single word', {}, undefined],
    ['an own device', { own: true }, 'own device'],
    ['verify', { verified: true }, 'verify'],
    ['two holders', { holders: 2 }, 'agreement'],
    ['two holders, one suspect', { holders: 2, anySuspect: true }, undefined],
    ['an author with ten checks since', { checksSince: 10 }, 'later checks'],
    ['the sample of its author', { sampled: true }, 'closing sample'],
  ] as const)('Q14 %s', (_name, change, by) => expect(sealedBy({ ...standing, ...change }, 1e-2)).toBe(by))
})

describe('Q15 the closing sample', () => {
  test.each([
    [0, 0],
    [1, 1],
    [20, 1],
    [21, 2],
    [200, 10],
  ])('Q15 of %i units %i are sampled', (alone, sample) => expect(sampleSize(alone)).toBe(sample))
})

describe('T1 what a strike undoes', () => {
  const vote = { unit: 'sealed', won: true, others: 0, othersDoubted: 0, reauditedBefore: false } as const
  test.each([
    ['an open unit', { unit: 'open' }, 'void'],
    ['an accepted unit', { unit: 'accepted' }, 'void'],
    ['a sealed unit that stands on it', {}, 'sample'],
    ['a sealed unit with another behind it', { others: 1 }, 'keep'],
    ['a sealed unit whose others were struck, too', { others: 2, othersDoubted: 2 }, 'reaudit'],
    ['that again', { others: 2, othersDoubted: 2, reauditedBefore: true }, 'keep'],
    ['a sealed unit it had lost', { won: false }, 'keep'],
    ['an open unit of who is excused by its engine', { unit: 'open', excused: true }, 'keep'],
    ['an accepted one of it', { unit: 'accepted', excused: true }, 'keep'],
    ['a sealed one that stands on it', { excused: true }, 'sample'],
    ['a sealed one whose others are doubted, too', { others: 1, othersDoubted: 1, excused: true }, 'reaudit'],
    ['a sealed one with somebody else behind it', { others: 2, othersDoubted: 1, excused: true }, 'keep'],
  ] as const)('T1 on %s', (_name, change, undoing) => expect(undo({ ...vote, ...change })).toBe(undoing))

  test('T1 thirty sealed units are looked at again, all when two differ', () => {
    expect([0, 12, 30, 400].map(reauditsAtFirst)).toEqual([0, 12, 30, 30])
    expect([0, 1, 2].map(reauditAll)).toEqual([false, false, true])
  })
})
