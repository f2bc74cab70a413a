import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LeaseView } from '../../server/core/agreement.ts'
import { independentHolders, isOther, sharesNetwork } from '../../server/core/networks.ts'
import type { Policy } from '../../server/core/policy.ts'
import { settle } from '../../server/core/settle.ts'
import { NEW_TRUST } from '../../server/core/trust.ts'
import { answerOf, issued, output, quorum, seeds, settleEach, unitOf } from './crowd.ts'

const had = (holder: string, network: string | null = null, deviceId = Number(holder.slice(2))) => ({ holder, network, deviceId })
const N = '203.0.113.0/24'
const M = '198.51.100.0/24'
const target: Policy = { quorum: 2, targetError: 1e-2, ownSeals: false, onError: 'continue' }

/** A unit that the holders of these networks have. */
const unitIn = (...networks: (string | null)[]) => unitOf(networks.map((network, i) => ({ ...issued(i + 1), network })))
const agreedBy = (policy: Policy, ...networks: (string | null)[]) =>
  settleEach(
    unitIn(...networks),
    networks.map((_, i) => output(i + 1, 'a')),
    policy,
  ).unit.state

describe('Q7 holders of one network', () => {
  test.each([
    ['another network', had('d:2', M), [had('d:1', N)], true, false],
    ['the same network', had('d:2', N), [had('d:1', N)], false, true],
    ['the same holder', had('d:1', M), [had('d:1', N)], false, false],
    ['the same holder in its network', had('d:1', N), [had('d:1', N)], false, false],
    ['two that are exempt', had('d:2'), [had('d:1')], true, false],
    ['one of several', had('d:3', N), [had('d:1', M), had('d:2', N)], false, true],
    ['nobody', had('d:1', N), [], true, false],
    ['the same device as somebody else', had('a:5', null, 1), [had('d:1')], false, false],
    ['the same device as somebody else in its network', had('a:5', N, 1), [had('d:1', N)], false, false],
  ] as const)('Q7 %s', (_, one, others, other, shares) => {
    expect([isOther(one, others), sharesNetwork(one, others)]).toEqual([other, shares])
  })

  test.each([
    [[had('d:1', N), had('d:2', N)], 1],
    [[had('d:1', N), had('d:2', M)], 2],
    [[had('d:1'), had('d:2')], 2],
    [[had('d:1'), had('d:1')], 1],
    [[had('d:1', N), had('d:2', N), had('d:3'), had('d:4', M)], 3],
    [[had('a:5', null, 1), had('d:1')], 1],
    [[had('a:5', N, 1), had('d:1', M)], 1],
    [[had('a:5', N, 1), had('d:2', M), had('d:1', M)], 1],
  ])('Q7 of %j so many are independent: %i', (leases, count) => {
    expect(independentHolders(leases)).toBe(count)
  })

  test.each([
    ['a quorum of one network', quorum(2), [N, N], 'accepted'],
    ['a quorum of two networks', quorum(2), [N, M], 'sealed'],
    ['a quorum where networks are exempt', quorum(2), [null, null], 'sealed'],
    ['a quorum of three in two networks', quorum(3), [N, M, N], 'accepted'],
    ['four newcomers of one network', target, [N, N, N, N], 'accepted'],
    ['four newcomers, one of another network', target, [N, N, N, M], 'sealed'],
  ] as const)('Q7 %s is decided, and so: %s', (_, policy, networks, state) => {
    expect(agreedBy(policy, ...networks)).toBe(state)
  })

  test.each([
    ['of one network', [N, N, N, N], 0],
    ['one of another network', [N, N, N, M], 4],
    ['exempt', [null, null, null, null], 4],
  ] as const)('Q7 agreement of four newcomers is a check passed where they are independent: %s', (_, networks, passed) => {
    const answers = networks.map((_, i) => output(i + 1, 'a'))
    const { settlements } = settleEach(unitIn(...networks), answers, target)
    expect(settlements.at(-1)?.trust.filter(({ verdict }) => verdict === 'passed')).toHaveLength(passed)
  })

  test('Q7 networks never change whether a unit is decided, and one network alone never seals it', () => {
    const networks = fc.array(fc.constantFrom(N, M, null), { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(networks, fc.constantFrom(quorum(2), quorum(3), target), (where, policy) => {
        const state = agreedBy(policy, ...where)
        const apart = agreedBy(policy, ...where.map(() => null))
        expect(state === 'open').toBe(apart === 'open')
        const independent = independentHolders(where.map((network, i) => had(`d:${i}`, network)))
        if (state === 'sealed') expect(independent).toBeGreaterThanOrEqual(2)
        if (independent === where.length) expect(state).toBe(apart)
      }),
      { seed: seeds() },
    )
  })
})

describe('Q7 a device under two holders', () => {
  /** Leases of these devices, each of an account of its own. */
  const unitBy = (...devices: number[]) => unitOf(devices.map((deviceId, i) => ({ ...issued(i + 1), holder: `a:${i + 1}`, deviceId })))
  const answers = (letters: string) => [...letters].map((letter, i) => output(i + 1, letter))
  const aged = { ...NEW_TRUST, checks: 30 }

  test.each([
    ['a fixed quorum', quorum(2), [1, 1], 'aa', 'open'],
    ['a fixed quorum with another device', quorum(2), [1, 1, 2], 'aaa', 'sealed'],
    ['a fixed quorum that differs', quorum(2), [1, 1, 2, 3], 'aabb', 'sealed'],
    ['a target error', target, [1, 1, 1, 1], 'aaaa', 'open'],
    ['a target error with two others', target, [1, 1, 2, 3], 'aaaa', 'open'],
    ['a target error with three others', target, [1, 1, 2, 3, 4], 'aaaaa', 'sealed'],
  ] as const)('Q5 Q7 is one vote of %s', (_, policy, devices, letters, state) => {
    expect(settleEach(unitBy(...devices), answers(letters), policy).unit.state).toBe(state)
  })

  test('Q7 Q12 is no audit of its own word, and passes nothing by it', () => {
    const [one, other] = unitBy(1, 1).leases as [LeaseView, LeaseView]
    const word: LeaseView = { ...one, trust: aged, checksThen: 30, state: 'agreed', output: answerOf('a') }
    const own = settle(unitOf([word, { ...other, trust: aged, kind: 'audit' }], { state: 'accepted' }), [output(2, 'a')], target)
    expect([own.trust, own.unit.state]).toEqual([[], 'accepted'])
  })

  test('Q7 an answer that comes late is not counted beside what its device has of the unit as somebody else', () => {
    const unit = unitBy(1, 1, 2)
    const left = { ...unit, leases: unit.leases.map((lease, i): LeaseView => (i === 0 ? { ...lease, state: 'expired' } : lease)) }
    const { settlements, unit: settled } = settleEach(left, [output(1, 'a'), output(2, 'a'), output(1, 'a'), output(3, 'a')], quorum(2))
    expect(settlements.flatMap(({ outcomes }) => outcomes)).toEqual(['duplicate', 'recorded', 'duplicate', 'recorded'])
    expect([settled.state, settled.leases.map(({ state }) => state)]).toEqual(['sealed', ['expired', 'agreed', 'agreed']])
    const given = { ...left, leases: left.leases.map((lease, i): LeaseView => (i === 1 ? { ...lease, state: 'released' } : lease)) }
    expect(settle(given, [output(1, 'a')], quorum(2)).outcomes).toEqual(['late'])
  })
})
