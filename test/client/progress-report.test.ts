import { expect, test } from 'vitest'
import type { UnitProgress } from '../../sdk/protocol.ts'
import type { RunningUnit } from '../../web-worker-client/engine/pool.ts'
import { ProgressReport } from '../../web-worker-client/engine/progress-report.ts'
import { ManualClock } from '../support/manual-clock.ts'

function reporting() {
  const clock = new ManualClock()
  const running: (RunningUnit | undefined)[] = []
  const sent: { at: number; units: readonly UnitProgress[] }[] = []
  const send = async (units: readonly UnitProgress[]) => void sent.push({ at: clock.now(), units })
  const report = new ProgressReport({ clock, running: () => running, send })
  const says = (thread: number, fraction: number, startedAt = 0, note?: string) => {
    running[thread] = { leased: { lease: `l${thread}` }, startedAt, progress: { fraction, ...(note ? { note } : {}) } } as RunningUnit
    report.note()
  }
  /** What is awaited between two messages has happened. */
  const pass = async (milliseconds: number) => {
    clock.advance(milliseconds)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { clock, running, sent, report, says, pass }
}

test('X23 of what units say a device tells the newest, in one message each two seconds', async () => {
  const { sent, says, pass } = reporting()
  for (let step = 0; step < 40; step++) {
    says(0, step / 100)
    says(1, step / 200, 0, `step ${step}`)
    await pass(250)
  }
  expect(sent.map(({ at }) => at)).toEqual([2000, 4000, 6000, 8000, 10_000])
  expect(sent[1]!.units).toEqual([
    { lease: 'l0', fraction: 0.15, seconds: 4 },
    { lease: 'l1', fraction: 0.075, note: 'step 15', seconds: 4 },
  ])
})

test('X23 a unit that is done within two seconds costs no message, nor does one that says nothing', async () => {
  const { running, sent, says, pass, clock } = reporting()
  running[1] = { leased: { lease: 'silent' }, startedAt: 0 } as RunningUnit
  for (let unit = 0; unit < 20; unit++) {
    says(0, 0.5, clock.now())
    await pass(1900)
    running[0] = undefined
    await pass(10)
  }
  expect(sent).toEqual([])
})

test('X23 what is said once is told again each twenty seconds while the unit runs, and of many the first hundred', async () => {
  const { running, sent, says, pass } = reporting()
  for (let thread = 0; thread < 150; thread++) says(thread, 0.1)
  for (let second = 0; second < 45; second++) await pass(1000)
  expect(sent.map(({ at, units }) => [at, units.length])).toEqual([2, 22, 42].map((at) => [at * 1000, 100]))
  running.length = 0
  await pass(100_000)
  expect(sent).toHaveLength(3)
})

test('X23 nothing is told after the end', async () => {
  const { sent, report, says, pass } = reporting()
  says(0, 0.5)
  report.end()
  await pass(100_000)
  expect(sent).toEqual([])
})
