import { expect, test } from 'vitest'
import { sheetOf } from '../../sdk/cli/job.ts'
import { reasonOf } from '../../sdk/cli/job-state.ts'
import { goingOn } from '../../sdk/job-outcome.ts'
import type { JobSnapshot, Redundancy } from '../../sdk/protocol.ts'

const job = {
  ...{ job: 'j', name: 'n', purpose: '', owner: 'o', kind: 'map', state: 'running', priority: 2, timeoutSeconds: 600, visibility: 'owner' },
  units: { open: 10, accepted: 30, sealed: 60, failed: 0, cancelled: 0 },
  ...{ inputs: 100, failedInputs: 0, inputsComplete: true, events: 90, leases: 108, audits: 5, wasted: 1, unitsAlone: 30 },
  ...{ unitSeconds: 1, createdAt: 0, redundancy: { targetError: 1e-2 } },
} satisfies JobSnapshot
const lines = (change: Partial<JobSnapshot> = {}) =>
  Object.fromEntries(
    sheetOf({ ...job, ...change })
      .split('\n')
      .map((line) => line.split(/ {2,}/) as [string, string]),
  )

test('C26 the sheet of a job says how its results are checked, how firm they are, and what that cost', () => {
  expect(lines()).toMatchObject({
    Results: '60 sealed, 30 accepted, of which 30 stand on one word, 0 failed',
    Checked: 'an error of at most 0.01, by what its devices have earned',
    Paid: '1.20 copies a unit, 4.6 % of them checks, 0.9 % thrown away',
  })
  expect(lines({ verify: true }).Checked).toBe(
    'by its `verify`; where its code throws: an error of at most 0.01, by what its devices have earned',
  )
  expect(lines({ redundancy: 'none', unitsAlone: 1 })).toMatchObject({
    Checked: 'by nobody: one word suffices',
    Results: '60 sealed, 30 accepted, of which 1 stands on one word, 0 failed',
  })
  const fresh = lines({ redundancy: { quorum: 3 }, units: { ...job.units, accepted: 0, sealed: 0 } })
  expect([fresh.Checked, fresh.Paid, fresh.Engine]).toEqual(['3 independent holders must agree', undefined, undefined])
  expect(lines({ engineClass: 'v8-13', engineSensitive: true }).Engine).toBe('v8-13 alone, since engines differ in its results')
  expect(lines({ engineClass: 'v8-13' }).Engine).toBe('v8-13 alone')
  expect(lines({ engineSensitive: true }).Engine).toBe('engines differ in its results')
})

test('C26 G5 the sheet of a job says that its credit waits for an admin', () => {
  expect(lines().Credit).toBeUndefined()
  expect(lines({ creditHeld: true }).Credit).toMatch(/none is booked until an admin/)
})

test('C26 why a job does not move is said: it needs more devices, it is closing, it waits for its client', () => {
  const waiting = { reason: 'needs-more-devices', needed: 4, present: 2 } as const
  const said = (redundancy: Redundancy, needed = 4) => reasonOf({ ...job, redundancy, waiting: { ...waiting, needed } })
  const first = 'needs-more-devices: 4 are needed, 2 are here; lend more devices or one of your own, or submit it anew with `verify`'
  expect(said({ targetError: 1e-2 })).toBe(`${first} or a fixed quorum`)
  expect(said({ targetError: 1e-3 })).toBe(`${first}, a fixed quorum or a larger target error`)
  expect(said({ quorum: 3 })).toBe(`${first} or a smaller quorum`)
  expect(said({ quorum: 3 }, 1)).toMatch(/: 1 is needed, /)
  expect(reasonOf({ ...job, verify: true, waiting })).toBe(
    'needs-more-devices: 4 are needed, 2 are here; lend more devices or one of your own',
  )
  expect(reasonOf({ ...job, closingSince: 0 })).toBe(
    'closing since 1970-01-01T00:00:00.000Z: what stands on one word waits for another device to compute it once more',
  )
  expect(reasonOf({ ...job, waitingSince: 0 })).toMatch(/^waits for more inputs/)
  expect(reasonOf({ ...job, reason: 'verify-contradicted: so it is', waiting })).toBe('verify-contradicted: so it is')
  expect(reasonOf(job)).toBe('')
})

test('J63 Q10 who waits in vain is told what the job lacks', () => {
  const waiting = { reason: 'needs-more-devices', needed: 4, present: 2 } as const
  expect(goingOn({ ...job, waiting }, 'kill()')).toBe(
    'it waits, needs-more-devices: 4 are needed, 2 are here; lend more devices or one of your own, or submit it anew with `verify` or a fixed quorum; wait again, or kill() it',
  )
  expect(goingOn({ ...job, state: 'paused', waiting }, 'kill()')).toBe('it is paused; resume it and wait again, or kill() it')
  expect(goingOn(job, 'kill()')).toBe('it goes on: wait again, or kill() it')
})
