import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LeaseView } from '../../server/core/agreement.ts'
import { judgeAudits } from '../../server/core/judge-audits.ts'
import type { Policy } from '../../server/core/policy.ts'
import { type LeaseChange, settle } from '../../server/core/settle.ts'
import { answerOf, given, output, quorum, seeds, unitOf } from './crowd.ts'
import { answered, asked, believing, earned, SUSPECT } from './voters.ts'

const trusted = earned(20)
const recorded = (lease: LeaseView, letter: string): LeaseChange => ({
  ...lease,
  ...{ state: 'pending', output: answerOf(letter), note: null, ended: true },
})
/** What the answer of the last lease means to a unit that was decided for `a`. */
function heard(behind: readonly LeaseView[], lease: LeaseView, letter: string, policy: Policy = believing()) {
  const unit = unitOf([...behind, lease], { state: 'accepted' })
  const leases = [...behind.map((one) => ({ ...one, note: null, ended: false })), recorded(lease, letter)]
  const { trust, disputing } = judgeAudits(unit, leases, policy)
  return { trust: trust.map(({ leaseRow, verdict }) => `${leaseRow} ${verdict}`), disputing }
}
const one = [answered(1, 'agreed', 'a', trusted)]
const two = [...one, answered(2, 'agreed', 'a', trusted)]
const audit = (change: Partial<LeaseView> = {}) => asked(9, trusted, { kind: 'audit', ...change })

describe('Q12 what an answer for a decided unit says', () => {
  test.each([
    ['the same as one', one, audit(), 'a', ['9 passed', '1 passed'], []],
    ['the same as one that was checked by it before', [{ ...one[0]!, checked: true }], audit(), 'a', ['9 passed'], []],
    ['the same as two', two, audit(), 'a', ['9 passed'], []],
    ['another than one', one, audit(), 'b', [], [9]],
    ['another than two', two, audit(), 'b', ['9 struck'], []],
    ['another than two, in another engine', two, audit({ engineClass: 'jsc-18' }), 'b', ['9 engine'], []],
    ['another than two, as a late copy', two, audit({ kind: 'copy' }), 'b', ['9 struck'], []],
    ['another than two, as a second look', two, audit({ kind: 'again' }), 'b', [], [9]],
    ['another than one, as a sample', one, audit({ kind: 'sample' }), 'b', [], [9]],
    ['the same as one, by a suspect', one, audit({ trust: SUSPECT }), 'a', ['9 passed'], []],
    ['another than two, by a suspect', two, audit({ trust: SUSPECT }), 'b', ['9 struck'], []],
    ['another than one suspect', [{ ...one[0]!, trust: SUSPECT, epoch: 1 }], audit(), 'b', [], [9]],
    ['another, checked before', two, audit({ checked: true }), 'b', [], []],
    ['another than its own holder', one, audit({ holder: 'd:1' }), 'b', [], [9]],
  ] as const)('Q12 %s', (_name, behind, lease, letter, trust, disputing) => {
    expect(heard(behind, lease, letter)).toEqual({ trust, disputing })
  })

  test('Q12 an own device is not checked; what it or verify stands behind strikes whoever differs', () => {
    const own = [{ ...one[0]!, own: true }]
    expect(heard(own, audit(), 'b', believing(1e-2, { ownSeals: true }))).toEqual({ trust: ['9 struck'], disputing: [] })
    expect(heard(one, audit({ own: true }), 'b', believing(1e-2, { ownSeals: true }))).toEqual({ trust: [], disputing: [] })
  })

  test('Q12 where verify judges, several answers may be right', () => {
    expect(heard(two, audit(), 'b', believing(1e-2, { verify: true }))).toEqual({ trust: [], disputing: [] })
  })

  test('Q12 what has a fixed quorum is not disputed, and two behind an answer still strike', () => {
    expect([heard(one, audit({ kind: 'copy' }), 'b', quorum(1)), heard(two, audit({ kind: 'copy' }), 'b', quorum(2))]).toEqual([
      { trust: [], disputing: [] },
      { trust: ['9 struck'], disputing: [] },
    ])
  })

  test.each(['released', 'expired', 'revoked'] as const)('Q12 an audit that was %s says nothing of anybody', (kind) => {
    const unit = unitOf([...two, audit()], { state: 'sealed' })
    expect(settle(unit, [given(9, kind)], believing())).toMatchObject({ unit: { state: 'sealed' }, events: [], trust: [] })
  })

  test('Q12 whatever comes for a decided unit, nobody is struck on one word and each lease is judged once', () => {
    const kind = fc.constantFrom('copy' as const, 'audit' as const, 'sample' as const, 'again' as const)
    const come = fc.record({ kind, letter: fc.constantFrom('a', 'b', 'c'), suspect: fc.boolean() })
    const behind = fc.array(fc.boolean(), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(behind, fc.array(come, { minLength: 1, maxLength: 4 }), (suspects, answers) => {
        const winners = suspects.map((suspect, i) => answered(i + 1, 'agreed', 'a', suspect ? SUSPECT : trusted, { checked: true }))
        const leases = answers.map(({ kind, suspect }, i) => asked(10 + i, suspect ? SUSPECT : trusted, { kind }))
        const unit = unitOf([...winners, ...leases], { state: 'sealed' })
        const arrivals = answers.map(({ letter }, i) => output(10 + i, letter))
        const { trust, events } = settle(unit, arrivals, believing())
        const checks = trust.filter(({ verdict }) => verdict === 'passed' || verdict === 'struck')
        expect(new Set(checks.map(({ leaseRow }) => leaseRow)).size, 'each once').toBe(checks.length)
        const firm = suspects.filter((suspect) => !suspect).length
        if (firm < 2 && events.length === 0) expect(trust.some(({ verdict }) => verdict === 'struck')).toBe(false)
      }),
      { seed: seeds(), numRuns: 1000 },
    )
  })
})
