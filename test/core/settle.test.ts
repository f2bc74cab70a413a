import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UNIT_LIMITS } from '../../server/core/policy.ts'
import { type Arrival, settle, type UnitView } from '../../server/core/settle.ts'
import { acceptedOutput, answerOf, applied, arrivalOf, errored, given, issued, output, quorum, seeds, settleEach, unitOf } from './crowd.ts'
import { isLive } from './lease-states.ts'

const kinds = (unit: UnitView, arrivals: readonly Arrival[], policy = quorum(2)) =>
  settleEach(unit, arrivals, policy).settlements.flatMap(({ events }) => events.map(({ kind }) => kind))
const leasesOf = (count: number, own: readonly number[] = []) => Array.from({ length: count }, (_, i) => issued(i + 1, own.includes(i + 1)))

describe('Q5 quorum', () => {
  test.each([
    [1, ['a'], 'accepted', 1],
    [2, ['a'], 'open', 2],
    [2, ['a', 'a'], 'sealed', 2],
    [2, ['a', 'b'], 'open', 3],
    [2, ['a', 'b', 'b'], 'sealed', 3],
    [2, ['a', 'b', 'c'], 'open', 4],
    [3, ['a', 'a'], 'open', 3],
    [3, ['a', 'a', 'b'], 'open', 4],
    [3, ['a', 'b', 'c'], 'open', 5],
    [3, ['a', 'b', 'a', 'a'], 'sealed', 4],
  ] as const)('Q5 at quorum %i the answers %j leave the unit %s, wanting %i', (needed, letters, state, wanted) => {
    const { unit } = settleEach(
      unitOf(leasesOf(letters.length)),
      letters.map((letter, i) => output(i + 1, letter)),
      quorum(needed),
    )
    expect([unit.state, unit.wanted]).toEqual([state, wanted])
  })

  test('Q5 two that differ at once are asked for a third, even where one would have been believed', () => {
    const unit = unitOf(leasesOf(2))
    const { unit: now, events } = settle(unit, [output(1, 'a'), output(2, 'b')], quorum(1))
    expect([now.state, now.wanted, events]).toEqual(['open', 3, []])
  })

  test('Q5 the event of a decision names the answer, its author, the confidence and the holders', () => {
    const [, second] = settleEach(unitOf(leasesOf(2)), [output(2, 'a'), output(1, 'a')], quorum(2)).settlements
    expect(second?.events).toEqual([{ kind: 'sealed', leaseRow: 1, output: answerOf('a'), error: null, confidence: 16 / 17, holders: 2 }])
  })

  test('Q5 an error of the code is an answer: agreed, its inputs have failed, and `stop` fails the job', () => {
    const arrivals = [output(1, 'e', 3), output(2, 'e', 3)]
    const unit = unitOf(leasesOf(2), { inputs: 5 })
    expect(settle(unit, arrivals, quorum(2))).toMatchObject({ unit: { state: 'sealed' }, failedInputs: 3, job: null })
    expect(settle(unit, arrivals, { ...quorum(2), onError: 'stop' }).job?.state).toBe('failed')
  })

  test('Q5 live and wanted always tell the truth, whatever arrives', () => {
    const rows = [1, 2, 3, 4, 5, 6]
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.constantFrom(...rows).chain(arrivalOf), { maxLength: 14 }),
        (needed, arrivals) => {
          let unit = unitOf(leasesOf(6))
          for (const arrival of arrivals) {
            unit = applied(unit, settle(unit, [arrival], quorum(needed)))
            expect(unit.live).toBe(unit.leases.filter(({ state }) => isLive(state)).length)
            expect(unit.wanted).toBeGreaterThanOrEqual(1)
            const inFlight = unit.leases.some(({ state }) => state === 'issued')
            // An open unit that nobody computes must want more than it has, else it would wait for ever.
            if (unit.state === 'open' && !inFlight) expect(unit.wanted).toBeGreaterThan(unit.live)
          }
        },
      ),
      { seed: seeds(), numRuns: 3000 },
    )
  })
})

describe('Q6 limits', () => {
  test('Q6 three leases that errored fail the unit with the last reason', () => {
    const { unit, settlements } = settleEach(unitOf(leasesOf(3), { inputs: 4 }), [errored(1), errored(2), errored(3)], quorum(2))
    expect([unit.state, unit.errored]).toEqual(['failed', 3])
    expect(settlements.map(({ unit: { state } }) => state)).toEqual(['open', 'open', 'failed'])
    expect(settlements[2]).toMatchObject({ failedInputs: 4, events: [{ kind: 'failed', output: null, confidence: 0, holders: 0 }] })
    expect(settlements[2]?.events[0]?.error).toContain('crashed: the child died')
  })

  test('Q6 where somebody has answered, three that errored do not fail the unit while it may have another copy', () => {
    const answered = settleEach(unitOf(leasesOf(4), { copies: 4 }), [output(1, 'a'), errored(2), errored(3), errored(4)], quorum(2))
    expect(answered.unit).toMatchObject({ state: 'open', errored: 3, wanted: 2, live: 1 })
    const agreed = settle({ ...answered.unit, leases: [...answered.unit.leases, issued(5)] }, [output(5, 'a')], quorum(2))
    expect(agreed.unit.state).toBe('sealed')
    const last = settleEach(
      unitOf(leasesOf(4), { copies: UNIT_LIMITS.copies }),
      [output(1, 'a'), errored(2), errored(3), errored(4)],
      quorum(2),
    )
    expect(last.unit.state).toBe('failed')
    expect(last.settlements.at(-1)?.events[0]?.error).toContain('3 tries could not finish it; the last one: crashed')
  })

  test('Q6 seven different answers fail the unit, six do not', () => {
    const arrivals = [...'abcdefg'].map((letter, i) => output(i + 1, letter))
    const { settlements } = settleEach(unitOf(leasesOf(7)), arrivals, quorum(2))
    expect(settlements.map(({ unit }) => unit.state)).toEqual([...Array(6).fill('open'), 'failed'])
    expect(settlements[6]?.events[0]?.error).toContain('not deterministic')
    expect(settlements.map(({ disputed }) => disputed)).toEqual([false, false, true, false, false, false, false])
  })

  test('Q6 a unit that ten copies could not decide fails once none of them is under way', () => {
    const unit = unitOf(leasesOf(2), { copies: UNIT_LIMITS.copies, wanted: 2 })
    const first = settle(unit, [given(1, 'expired')], quorum(2))
    expect(first.unit.state).toBe('open')
    const second = settle(applied(unit, first), [output(2, 'a')], quorum(2))
    expect(second.unit.state).toBe('failed')
    expect(second.events[0]?.error).toContain('10 copies')
  })

  test('Q6 a unit never gets more than ten copies, however its leases end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.tuple(fc.nat(9), fc.nat(99)), { minLength: 60, maxLength: 60 }),
        (needed, steps) => {
          let unit = unitOf([], { wanted: needed })
          for (const [choice, which] of steps) {
            // What the store does with the numbers: a fresh unit and one that wants another opinion are leased again.
            if (unit.state === 'open' && unit.live < unit.wanted && choice < 5) {
              const wanted = unit.live === 0 ? needed : unit.wanted
              unit = { ...unit, leases: [...unit.leases, issued(unit.copies + 1)], live: unit.live + 1, copies: unit.copies + 1, wanted }
            }
            const open = unit.leases.filter(({ state }) => state === 'issued')
            const lease = open[which % Math.max(1, open.length)]
            if (!lease || choice < 3) continue
            const arrival = choice === 9 ? output(lease.row, 'abcdef'[which % 6]!) : given(lease.row, choice % 2 ? 'released' : 'expired')
            unit = applied(unit, settle(unit, [arrival], quorum(needed)))
          }
          expect(unit.copies).toBeLessThanOrEqual(UNIT_LIMITS.copies)
        },
      ),
      { seed: seeds(), numRuns: 3000 },
    )
  })

  test('Q6 a unit that can no longer be agreed on fails instead of waiting for ever', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.constantFrom('released', 'a', 'b', 'c'), { minLength: 40, maxLength: 60 }),
        (needed, ends) => {
          let unit = unitOf([], { wanted: needed })
          for (const end of ends) {
            if (unit.state !== 'open') return
            expect(unit.live, 'it wants another').toBeLessThan(unit.wanted)
            const wanted = unit.live === 0 ? needed : unit.wanted
            unit = { ...unit, leases: [...unit.leases, issued(unit.copies + 1)], live: unit.live + 1, copies: unit.copies + 1, wanted }
            const arrival = end === 'released' ? given(unit.copies, 'released') : output(unit.copies, end)
            unit = applied(unit, settle(unit, [arrival], quorum(needed)))
          }
          expect(unit.state).not.toBe('open')
        },
      ),
      { seed: seeds(), numRuns: 2000 },
    )
  })
})

describe('Q9 own devices', () => {
  const policy = quorum(3, true)

  test('Q9 the first word of an own device seals, whatever the quorum', () => {
    const { unit, settlements } = settleEach(unitOf(leasesOf(2, [2])), [output(2, 'a')], policy)
    expect([unit.state, acceptedOutput(unit)]).toEqual(['sealed', answerOf('a')])
    expect(settlements[0]?.events[0]).toMatchObject({ kind: 'sealed', confidence: 1, holders: 1 })
  })

  test('Q9 where own devices have no say they are strangers', () => {
    expect(settleEach(unitOf(leasesOf(2, [1, 2])), [output(1, 'a')], quorum(2, false)).unit.state).toBe('open')
  })

  test('Q9 an own device decides between strangers', () => {
    const { unit } = settleEach(unitOf(leasesOf(3, [3])), [output(1, 'a'), output(2, 'b'), output(3, 'b')], policy)
    expect(unit.leases.map(({ state }) => state)).toEqual(['disagreed', 'agreed', 'agreed'])
  })

  test('Q9 two own devices that differ pause the job and decide nothing', () => {
    const { unit, settlements } = settleEach(unitOf(leasesOf(2, [1, 2])), [], policy)
    const both = settle(unit, [output(1, 'a'), output(2, 'b')], policy)
    expect(settlements).toEqual([])
    expect(both).toMatchObject({ unit: { state: 'open' }, events: [], job: { state: 'paused' } })
    expect(both.job?.reason).toContain('non-deterministic')
  })

  test('Q9 an own device that contradicts another after the sealing pauses the job and leaves the unit', () => {
    const { unit, settlements } = settleEach(unitOf(leasesOf(2, [1, 2])), [output(1, 'a'), output(2, 'b')], policy)
    expect([unit.state, acceptedOutput(unit), settlements[1]?.job?.state]).toEqual(['sealed', answerOf('a'), 'paused'])
  })

  test('Q9 an own device overrules strangers: retracted, then sealed', () => {
    const start = unitOf(leasesOf(3, [3]), { inputs: 4 })
    const arrivals = [output(1, 'a', 4), output(2, 'a', 4), output(3, 'b', 1)]
    const { unit, settlements } = settleEach(start, arrivals, quorum(2, true))
    expect(settlements.map(({ events }) => events.map(({ kind }) => kind))).toEqual([[], ['sealed'], ['retracted', 'sealed']])
    expect(unit.leases.map(({ state }) => state)).toEqual(['disagreed', 'disagreed', 'agreed'])
    expect(settlements.map(({ failedInputs }) => failedInputs)).toEqual([0, 4, -3])
  })

  test('Q9 an own device that confirms an accepted unit seals it', () => {
    const arrivals = [output(1, 'a'), output(2, 'a')]
    expect(kinds(unitOf(leasesOf(2, [2])), arrivals, quorum(1, true))).toEqual(['accepted', 'sealed'])
  })
})

describe('L2 late and repeated', () => {
  test.each(['released', 'expired', 'revoked'] as const)('L2 an answer to a lease that was %s still counts', (kind) => {
    const { unit, settlements } = settleEach(unitOf(leasesOf(2)), [given(1, kind), output(2, 'a'), output(1, 'a')], quorum(2))
    expect(settlements.map(({ outcomes }) => outcomes)).toEqual([['recorded'], ['recorded'], ['late']])
    expect([unit.state, unit.live]).toEqual(['sealed', 2])
  })

  test('L2 what arrives again changes nothing', () => {
    const unit = settleEach(unitOf(leasesOf(3)), [output(1, 'a'), output(2, 'a'), errored(3)], quorum(2)).unit
    for (const again of [output(1, 'a'), output(1, 'b'), errored(1), errored(3), given(2, 'released'), output(3, 'a')]) {
      const settlement = settle(unit, [again], quorum(2))
      expect(settlement).toMatchObject({ outcomes: ['duplicate'], leases: [], events: [], devices: [], failedInputs: 0, job: null })
      expect(applied(unit, settlement)).toEqual(unit)
    }
  })

  test('L2 the same answer twice in one batch is one answer', () => {
    const { outcomes, unit } = settle(unitOf(leasesOf(2)), [output(1, 'a'), output(1, 'a')], quorum(2))
    expect([outcomes, unit.state]).toEqual([['recorded', 'duplicate'], 'open'])
  })

  test('L2 a late answer to a decided unit is judged, and changes neither the unit nor its events', () => {
    const { unit, settlements } = settleEach(
      unitOf(leasesOf(4)),
      [output(1, 'a'), output(2, 'a'), output(3, 'b'), output(4, 'a')],
      quorum(2),
    )
    expect(unit.leases.map(({ state }) => state)).toEqual(['agreed', 'agreed', 'disagreed', 'agreed'])
    expect(settlements.flatMap(({ events }) => events)).toHaveLength(1)
  })

  test.each(['failed', 'cancelled'] as const)('L2 an answer to a unit that is %s is kept and decides nothing', (state) => {
    const unit = unitOf(leasesOf(2), { state })
    const settlement = settle(unit, [output(1, 'a'), output(2, 'a')], quorum(2))
    expect(settlement).toMatchObject({ outcomes: ['recorded', 'recorded'], unit: { state }, events: [] })
  })

  test('L2 a device is credited with exactly what became of its answers', () => {
    const rows = [1, 2, 3, 4]
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.constantFrom(...rows).chain(arrivalOf), { maxLength: 12 }), (ownSeals, arrivals) => {
        const { unit, settlements } = settleEach(unitOf(leasesOf(4, [4])), arrivals, quorum(2, ownSeals))
        for (const row of rows) {
          const changes = settlements.flatMap(({ devices }) => devices.filter(({ deviceId }) => deviceId === row))
          const sum = (field: 'returned' | 'agreed' | 'disagreed' | 'errored') =>
            changes.reduce((total, change) => total + change[field], 0)
          const state = unit.leases.find((lease) => lease.row === row)!.state
          expect([sum('returned'), sum('agreed'), sum('disagreed'), sum('errored')]).toEqual([
            Number(['pending', 'agreed', 'disagreed'].includes(state)),
            Number(state === 'agreed'),
            Number(state === 'disagreed'),
            Number(state === 'errored'),
          ])
        }
      }),
      { seed: seeds(), numRuns: 2000 },
    )
  })
})
