import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { independentHolders, isOther, sharesNetwork } from '../../server/core/networks.ts'
import type { Policy } from '../../server/core/policy.ts'
import { issued, output, quorum, seeds, settleEach, unitOf } from './crowd.ts'

const had = (holder: string, network: string | null = null) => ({ holder, network })
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
  ] as const)('Q7 %s', (_, one, others, other, shares) => {
    expect([isOther(one, others), sharesNetwork(one, others)]).toEqual([other, shares])
  })

  test.each([
    [[had('d:1', N), had('d:2', N)], 1],
    [[had('d:1', N), had('d:2', M)], 2],
    [[had('d:1'), had('d:2')], 2],
    [[had('d:1'), had('d:1')], 1],
    [[had('d:1', N), had('d:2', N), had('d:3'), had('d:4', M)], 3],
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
