import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Policy, UNIT_LIMITS } from '../../server/core/policy.ts'
import { type Arrival, type CheckVerdict, settle, type UnitView } from '../../server/core/settle.ts'
import { answerOf, applied, issued, output, quorum, seeds, settleEach, unitOf } from './crowd.ts'
import { isLive } from './lease-states.ts'

const verifying = (needed = 2, ownSeals = false): Policy => ({ ...quorum(needed, ownSeals), verify: true })
const checked = (row: number, verdict: CheckVerdict, why = ''): Arrival => ({ row, kind: 'checked', verdict, why })
const leasesOf = (count: number, own: readonly number[] = []) => Array.from({ length: count }, (_, i) => issued(i + 1, own.includes(i + 1)))
const one = (count = 1) => unitOf(leasesOf(count), { wanted: 1 })
const statesOf = (unit: UnitView) => unit.leases.map(({ state }) => state)

describe('K20 verify', () => {
  test('K20 an answer waits for `verify`, asks for no other meanwhile, and one that passes is sealed with one holder', () => {
    const { unit, settlements } = settleEach(one(), [output(1, 'a'), checked(1, 'passed')], verifying())
    expect(settlements[0]).toMatchObject({
      unit: { state: 'open', live: 1, wanted: 1 },
      leases: [{ state: 'checking' }],
      events: [],
      devices: [],
    })
    expect(settlements[1]).toMatchObject({ unit: { state: 'sealed' }, devices: [{ returned: 1, agreed: 1, disagreed: 0 }] })
    expect(settlements[1]?.events).toEqual([{ kind: 'sealed', leaseRow: 1, output: answerOf('a'), error: null, confidence: 1, holders: 1 }])
    expect(statesOf(unit)).toEqual(['agreed'])
  })

  test('K20 an answer that is refused is no answer: the unit is fresh again, and nothing is counted against its device', () => {
    const { unit, settlements } = settleEach(one(), [output(1, 'a'), checked(1, 'refused', 'value 0: false')], verifying())
    expect(unit).toMatchObject({ state: 'open', live: 0, wanted: 1, errored: 0 })
    expect(settlements[1]).toMatchObject({
      leases: [{ state: 'voided', note: 'verify: value 0: false' }],
      devices: [],
      events: [],
      job: null,
    })
  })

  test('K20 when as many copies as there may be were refused the unit fails, and says so', () => {
    const rows = leasesOf(UNIT_LIMITS.copies).map(({ row }) => row)
    const arrivals = rows.flatMap((row) => [output(row, `${row}`), checked(row, 'refused', 'value 0: false')])
    const { unit, settlements } = settleEach(one(UNIT_LIMITS.copies), arrivals, verifying())
    expect(unit.state).toBe('failed')
    expect(settlements.at(-1)?.events[0]?.error).toBe('verify refused 10 results of 10 copies; the last one: verify: value 0: false')
  })

  test('K20 another answer than the sealed one is counted against nobody, an equal one counts', () => {
    const { unit } = settleEach(
      unitOf(leasesOf(4), { wanted: 1 }),
      [output(1, 'a'), output(2, 'b'), checked(2, 'passed'), output(3, 'b'), output(4, 'c')],
      verifying(),
    )
    expect(unit.state).toBe('sealed')
    expect(statesOf(unit)).toEqual(['pending', 'agreed', 'agreed', 'pending'])
  })

  test('K20 a verdict that comes twice, or for what nobody asked about, changes nothing', () => {
    const { settlements } = settleEach(
      one(2),
      [checked(1, 'passed'), output(1, 'a'), checked(1, 'refused'), checked(1, 'passed')],
      verifying(),
    )
    expect(settlements.map(({ outcomes: [outcome] }) => outcome)).toEqual(['duplicate', 'recorded', 'recorded', 'duplicate'])
  })

  test('K20 whatever comes in whatever order, no answer is accepted that was not vouched for or agreed on, and none counts against a device', () => {
    const arrival = fc.integer({ min: 1, max: 5 }).chain((row) =>
      fc.oneof(
        fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(1)).map(([letter, errors]) => output(row, letter, errors)),
        fc.constantFrom<CheckVerdict>('passed', 'refused', 'moot', 'unfinished').map((verdict) => checked(row, verdict, 'why')),
        fc.constantFrom('released' as const, 'expired' as const).map((kind): Arrival => ({ row, kind })),
      ),
    )
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 16 }), (arrivals) => {
        let unit = one(5)
        const passed = new Set<number>()
        for (const next of arrivals) {
          const settlement = settle(unit, [next], verifying())
          if (next.kind === 'checked' && next.verdict === 'passed' && settlement.outcomes[0] === 'recorded') passed.add(next.row)
          unit = applied(unit, settlement)
          expect(unit.live).toBe(unit.leases.filter(({ state }) => isLive(state)).length)
          expect(statesOf(unit)).not.toContain('disagreed')
          const waits = unit.leases.some(({ state }) => state === 'issued' || state === 'checking')
          if (unit.state === 'open' && !waits) expect(unit.wanted).toBeGreaterThan(unit.live)
        }
        const agreed = unit.leases.filter(({ state }) => state === 'agreed')
        const vouched = agreed.some(({ row, errors }) => passed.has(row) && errors === 0)
        if (unit.state === 'sealed')
          expect(vouched || agreed.filter(({ errors }) => errors > 0).length >= 2 || agreed.length >= 2).toBe(true)
      }),
      { seed: seeds(), numRuns: 2000 },
    )
  })
})

test('K20 several different answers that may all be right do not make a job one that is not deterministic', () => {
  const answers = ['a', 'b', 'c', 'd'].map((letter, i) => output(i + 1, letter))
  const { settlements } = settleEach(one(5), [...answers, output(5, 'e'), checked(5, 'passed')], verifying())
  expect(settlements.map(({ disputed }) => disputed)).not.toContain(true)
  expect(settleEach(one(3), answers.slice(0, 3), quorum(2)).settlements.at(-1)?.disputed).toBe(true)
})

describe('K21 errors', () => {
  test('K21 what the code threw `verify` is not asked about: others must throw the same', () => {
    const { unit, settlements } = settleEach(one(2), [output(1, 'e', 1), output(2, 'e', 1)], verifying())
    expect(settlements[0]).toMatchObject({ unit: { state: 'open', live: 2 }, leases: [{ state: 'pending' }] })
    expect(unit.state).toBe('sealed')
  })

  test('K21 of an output with values and errors the values must pass, and the whole must be agreed on', () => {
    const unit = unitOf(leasesOf(2), { inputs: 2, wanted: 1 })
    const first = settleEach(unit, [output(1, 'm', 1), checked(1, 'passed')], verifying())
    expect(first.unit).toMatchObject({ state: 'open', wanted: 2 })
    expect(settleEach(first.unit, [output(2, 'm', 1), checked(2, 'passed')], verifying()).unit.state).toBe('sealed')
    expect(settleEach(first.unit, [output(2, 'm', 1), checked(2, 'refused')], verifying()).unit).toMatchObject({
      state: 'open',
      live: 1,
      wanted: 2,
    })
  })
})

describe('K22 faults', () => {
  test('K22 a `verify` that cannot judge pauses the job with a sentence, and the unit is another’s to compute', () => {
    const { unit, settlements } = settleEach(one(), [output(1, 'a'), checked(1, 'unfinished', 'it ran for 10 s')], verifying())
    expect(settlements[1]?.job).toEqual({ state: 'paused', reason: 'verify could not judge a result: it ran for 10 s' })
    expect(statesOf(unit)).toEqual(['voided'])
    expect(settlements[1]?.devices).toEqual([])
  })

  test('K22 refusing an own device pauses the job: one of work and `verify` is wrong', () => {
    const unit = unitOf(leasesOf(1, [1]), { wanted: 1 })
    const { unit: now, settlements } = settleEach(unit, [output(1, 'a'), checked(1, 'refused', 'value 0: false')], verifying(2, true))
    expect(settlements[1]?.job).toEqual({
      state: 'paused',
      reason: 'verify refuses what your own device computed, so one of the two is wrong: value 0: false',
    })
    expect([now.state, ...statesOf(now)]).toEqual(['open', 'checking'])
    expect(settleEach(unit, [output(1, 'a'), checked(1, 'passed')], verifying(2, true)).unit.state).toBe('sealed')
  })
})
