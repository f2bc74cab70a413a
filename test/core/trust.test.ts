import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { believed, heaviest, isAccepted, sufficesAlone, type Weighed, wantedAtFirst, weightOfDevice } from '../../server/core/acceptance.ts'
import { ASSUMED_SABOTEURS, credibilityOf, groupCredibility, MOST_CREDIBLE, NEW_WEIGHT, weightOf } from '../../server/core/credibility.ts'
import { isBanned, isExcluded, isReverted, wilsonLowerBound } from '../../server/core/exclusion.ts'
import { isExempt, largestClass } from '../../server/core/exemption.ts'
import { isWorthACopy, reachOf } from '../../server/core/reach.ts'
import {
  AUDITS_TO_CLEAR,
  afterPass,
  afterRevertedStrike,
  afterStrike,
  afterUnsupported,
  crossesThreshold,
  isTrusted,
  NEW_TRUST,
  stateOf,
  type Trust,
} from '../../server/core/trust.ts'
import { seeds } from './crowd.ts'

const withChecks = (checks: number, change: Partial<Trust> = {}): Trust => ({
  ...NEW_TRUST,
  checks,
  returned: checks,
  checked: checks,
  ...change,
})
const passes = (trust: Trust, times: number): Trust => (times > 0 ? passes(afterPass(trust), times - 1) : trust)

describe('Q4 credibility', () => {
  test.each([
    [0, 0.8],
    [1, 0.90803],
    [2, 0.95402],
    [10, 0.9908],
    [92, 0.999],
    [1_000_000, MOST_CREDIBLE],
  ])('Q4 after %i checks a word is right with probability %d', (checks, credibility) => {
    expect(credibilityOf(checks)).toBeCloseTo(credibility, 5)
  })

  test.each([
    [0, 0.8],
    [1, 0.8],
    [4, 0.95],
    [20, 0.99],
  ])('Q4 an anonymous word after %i checks %d', (checks, credibility) => expect(credibilityOf(checks, true)).toBeCloseTo(credibility, 9))

  test('Q4 credibility never falls with checks, stays within its bounds, and an anonymous device never has more', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(50), (checks, more) => {
        const [known, anonymous] = [credibilityOf(checks), credibilityOf(checks, true)]
        expect(known).toBeGreaterThanOrEqual(1 - ASSUMED_SABOTEURS)
        expect(known).toBeLessThanOrEqual(MOST_CREDIBLE)
        expect(anonymous).toBeLessThanOrEqual(known)
        expect(credibilityOf(checks + more)).toBeGreaterThanOrEqual(known)
      }),
      { seed: seeds() },
    )
  })

  test("Q4 log-odds give Sarmenta's formula for groups", () => {
    const word = fc.double({ min: 0.8, max: MOST_CREDIBLE, noNaN: true })
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), fc.array(word, { maxLength: 4 }), (ours, theirs) => {
        const good = (words: readonly number[]) => words.reduce((all, c) => all * c, 1)
        const bad = (words: readonly number[]) => words.reduce((all, c) => all * (1 - c), 1)
        const others = theirs.length > 0 ? [theirs] : []
        const none = [ours, ...others].reduce((all, group) => all * bad(group), 1)
        const only = (one: readonly number[]) =>
          [ours, ...others].reduce((all, group) => all * (group === one ? good(group) : bad(group)), 1)
        const published = only(ours) / (none + [ours, ...others].reduce((sum, group) => sum + only(group), 0))
        const sum = (words: readonly number[]) => words.reduce((all, c) => all + weightOf(c), 0)
        expect(groupCredibility(sum(ours), others.map(sum))).toBeCloseTo(published, 9)
      }),
      { seed: seeds() },
    )
  })
})

const group = (holders: number, checks = 0): Weighed => ({ holders, weight: holders * weightOfDevice(withChecks(checks)) })

describe('Q5 acceptance', () => {
  test.each([
    ['three newcomers', [group(3)], 1e-2, false],
    ['four newcomers', [group(4)], 1e-2, true],
    ['one with nine checks', [group(1, 9)], 1e-2, false],
    ['one with ten checks', [group(1, 10)], 1e-2, true],
    ['one with ten checks, for 1e-3', [group(1, 10)], 1e-3, false],
    ['two with ten checks, for 1e-3', [group(2, 10)], 1e-3, true],
    ['one with a thousand checks against a newcomer', [group(1, 1000), group(1)], 1e-2, false],
    ['two with ten checks against a newcomer', [group(2, 10), group(1)], 1e-2, true],
    ['two with ten checks against two with ten', [group(2, 10), group(2, 10)], 1e-2, false],
    ['nobody', [], 1e-2, false],
  ] as const)('Q5 %s', (_name, groups, targetError, accepted) => {
    expect(isAccepted(groups, heaviest(groups), targetError)).toBe(accepted)
  })

  test('Q5 what is accepted is believed with theta, at most one group can be, and no word is alone before ten checks', () => {
    const any = fc.record({ holders: fc.integer({ min: 1, max: 5 }), weight: fc.double({ min: 0, max: 30, noNaN: true }) })
    fc.assert(
      fc.property(fc.array(any, { maxLength: 5 }), fc.integer({ min: 2, max: 6 }), (groups, digits) => {
        const accepted = groups.filter((_, i) => isAccepted(groups, i, 10 ** -digits))
        expect(accepted.length).toBeLessThanOrEqual(1)
        for (const one of accepted) expect(believed(groups, groups.indexOf(one))).toBeGreaterThanOrEqual(1 - 10 ** -digits)
      }),
      { seed: seeds() },
    )
    for (let checks = 0; checks < 10; checks++) expect(isAccepted([group(1, checks)], 0, 1e-2)).toBe(false)
  })

  test('Q5 a fresh unit wants one copy from a trusted device that suffices, else two', () => {
    expect([9, 10, 91, 92].map((checks) => [1e-2, 1e-3].map((error) => wantedAtFirst(withChecks(checks), error)))).toEqual([
      [2, 2],
      [1, 2],
      [1, 2],
      [1, 1],
    ])
    expect(sufficesAlone(withChecks(500, { suspect: true }), 1e-2)).toBe(false)
  })
})

describe('Q10 what the devices present can reach', () => {
  test.each([
    [0, 4, false],
    [1, 4, false],
    [2, 4, false],
    [3, 4, false],
    [4, 4, true],
    [9, 4, true],
  ])('Q10 of %i newcomers %i are needed', (present, needed, enough) => {
    expect(reachOf(new Array(present).fill(NEW_TRUST), 1e-2)).toEqual({ enough, needed, present })
  })

  test('Q10 one trusted device is enough, one with five checks needs somebody', () => {
    expect(reachOf([withChecks(10)], 1e-2)).toEqual({ enough: true, needed: 1, present: 1 })
    expect(reachOf([withChecks(5)], 1e-2)).toEqual({ enough: false, needed: 2, present: 1 })
  })

  test('Q10 as many newcomers as are called needed make it enough, and one fewer do not', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 6 }), fc.integer({ min: 2, max: 6 }), (checks, digits) => {
        const present = checks.map((count) => withChecks(count))
        const reach = reachOf(present, 10 ** -digits)
        if (reach.enough) return
        const filled = (count: number) => reachOf([...present, ...new Array(count).fill(NEW_TRUST)], 10 ** -digits).enough
        // Ten copies are all a unit gets.
        if (reach.needed <= 10) expect(filled(reach.needed - present.length)).toBe(true)
        expect(filled(reach.needed - present.length - 1)).toBe(false)
      }),
      { seed: seeds() },
    )
  })

  test('Q10 a copy is worth giving when those who may still be asked can reach the target', () => {
    expect(isWorthACopy(NEW_WEIGHT, [NEW_TRUST, NEW_TRUST, NEW_TRUST], 1e-2)).toBe(true)
    expect(isWorthACopy(NEW_WEIGHT, [NEW_TRUST, NEW_TRUST], 1e-2)).toBe(false)
  })
})

describe('T1 trust', () => {
  test('T1 a strike makes suspect, twenty passed audits end it on probation, and further checks make trusted', () => {
    const struck = afterStrike(withChecks(50))
    expect([struck.checked, afterStrike(withChecks(50), true).checked]).toEqual([withChecks(50).checked + 1, withChecks(50).checked])
    expect(struck).toMatchObject({ checks: 0, suspect: true, strikes: 1, trustEpoch: 1, checked: 51 })
    expect(stateOf(passes(struck, AUDITS_TO_CLEAR - 1))).toBe('suspect')
    const cleared = passes(struck, AUDITS_TO_CLEAR)
    expect([stateOf(cleared), cleared.checks]).toEqual(['probation', 3])
    expect(stateOf(passes(cleared, 7))).toBe('trusted')
    expect(passes(afterStrike(passes(struck, 19)), 19).suspect).toBe(true)
  })

  test('T1 after any history k is the checks since the last strike, and only a device that is not suspect is trusted', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 120 }), (history) => {
        let trust: Trust = NEW_TRUST
        for (const passed of history) trust = passed ? afterPass(trust) : afterStrike(trust)
        const strikes = history.filter((passed) => !passed).length
        expect(trust).toMatchObject({ strikes, trustEpoch: strikes, checked: history.length })
        const since = history.length - 1 - history.lastIndexOf(false)
        const expected = strikes === 0 ? history.length : Math.max(0, since - AUDITS_TO_CLEAR + (since >= AUDITS_TO_CLEAR ? 3 : 0))
        expect(trust.checks).toBe(expected)
        expect(trust.suspect).toBe(strikes > 0 && since < AUDITS_TO_CLEAR)
        expect(isTrusted(trust)).toBe(!trust.suspect && expected >= 10)
      }),
      { seed: seeds() },
    )
  })

  test('T4 a rise is worth a look when it crosses three or ten', () => {
    expect([1, 2, 3, 8, 9, 10].map((checks) => crossesThreshold(checks, checks + 1))).toEqual([false, true, false, false, true, false])
    expect(crossesThreshold(0, 12)).toBe(true)
  })
})

describe('T2 no strike', () => {
  const v8 = { engineClass: 'v8-140', checks: 5 }
  const spidermonkey = { engineClass: 'spidermonkey-130', checks: 5 }
  test.each([
    ['another engine than all winners', spidermonkey, [v8, v8], true, 'engine'],
    ['the engine of one winner', v8, [spidermonkey, v8], true, undefined],
    ['some standing in a used realm', v8, [v8, v8], false, 'isolation'],
    ['some standing in a realm of its own', v8, [v8, v8], true, undefined],
    ['a newcomer in a used realm', { ...v8, checks: 2 }, [v8, v8], false, undefined],
    ['against a newcomer in a used realm', v8, [v8, { ...v8, checks: 0 }], false, undefined],
  ] as const)('T2 a loser with %s', (_name, loser, winners, isolated, exempt) => {
    expect(isExempt(loser, winners, isolated)).toBe(exempt)
  })

  test('T2 who is alone with its answer and its engine is a newcomer again, and nothing else', () => {
    const trust = withChecks(12, { strikes: 1, trustEpoch: 1 })
    expect(afterUnsupported(trust)).toEqual({ ...trust, checks: 0 })
    expect(stateOf(afterUnsupported(trust))).toBe('new')
    const suspect = withChecks(0, { suspect: true, auditsPassed: 4 })
    expect(afterUnsupported(suspect)).toBe(suspect)
  })

  test('T2 the largest engine class decides, ties by name', () => {
    expect(largestClass([v8, spidermonkey, v8])).toBe('v8-140')
    expect(largestClass([v8, spidermonkey])).toBe('spidermonkey-130')
    expect(largestClass([])).toBeUndefined()
  })
})

describe('T3 exclusion', () => {
  test.each([
    [0, 0, 0],
    [0, 100, 0],
    [1, 10, 0.0179],
    [3, 50, 0.0206],
    [10, 10, 0.7225],
    [50, 100, 0.4038],
  ])('T3 the lower bound of %i of %i is %d', (hits, of, bound) => expect(wilsonLowerBound(hits, of)).toBeCloseTo(bound, 4))

  test('T3 the bound is below the share and rises with strikes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(5000), (of, hits) => {
        const some = Math.min(hits, of)
        expect(wilsonLowerBound(some, of)).toBeLessThanOrEqual(some / of + 1e-12)
        if (some < of) expect(wilsonLowerBound(some + 1, of)).toBeGreaterThan(wilsonLowerBound(some, of) - 1e-12)
      }),
      { seed: seeds() },
    )
  })

  test('T3 two strikes never exclude, three do when they are more than chance, and one job never bans', () => {
    expect(isExcluded({ strikes: 2, checked: 2 })).toBe(false)
    expect([60, 70].map((checked) => isExcluded({ strikes: 3, checked }))).toEqual([true, false])
    expect([1, 2].map((jobs) => isBanned({ strikes: 9, checked: 9 }, jobs))).toEqual([false, true])
  })

  test('T3 a strike is taken back when the answer fell and all that won were struck since', () => {
    expect(isReverted({ winners: 2, struckSince: 2, answerFell: true })).toBe(true)
    expect(isReverted({ winners: 2, struckSince: 1, answerFell: true })).toBe(false)
    expect(isReverted({ winners: 2, struckSince: 2, answerFell: false })).toBe(false)
    const struck = passes(afterStrike(withChecks(40)), 5)
    expect(afterRevertedStrike(struck, 40, false)).toMatchObject({ strikes: 0, suspect: false, checks: 40 })
    const twice = afterStrike(struck)
    expect(afterRevertedStrike(twice, 40, false)).toMatchObject({ strikes: 1, suspect: true, checks: 0 })
  })
})
