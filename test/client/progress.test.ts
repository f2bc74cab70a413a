import { afterAll, beforeAll, expect, test } from 'vitest'
import { UnitNewsReader, type UnitProgress } from '../../web-worker-client/engine/unit-news.ts'
import { headlessThreads } from '../../web-worker-client/headless/spawn-thread.ts'
import type { HeadlessThread } from '../../web-worker-client/headless/thread.ts'
import { UnitProgress as HarnessProgress } from '../../web-worker-client/sandbox/progress.ts'
import { unitOf, valuesOf } from './sandbox-support.ts'

let thread: HeadlessThread
beforeAll(() => {
  thread = headlessThreads({ complain: () => {} })()
})
afterAll(() => thread.close())

async function heardOf(code: string, inputs: readonly unknown[] = [0]) {
  const heard: UnitProgress[] = []
  const outcome = await thread.run(unitOf(code, inputs), { onProgress: (progress) => heard.push(progress) })
  return { heard, outcome }
}

test('X18 a headless thread hears how far a unit says it is, on one line without control characters', async () => {
  const code = `export const work = (x, ctx) => { ctx.progress(x, 'step\\u0007\\n 1\\u202e' + 'x'.repeat(1000)); return ctx.progress(x) }`
  const { heard, outcome } = await heardOf(code, [0.5])
  expect(valuesOf(outcome)).toEqual([undefined])
  expect(heard[0]).toEqual({ fraction: 0.5, note: `step 1 ${'x'.repeat(191)}` })
})

test('X18 what no number is is not told, and changes nothing of the result', async () => {
  const code = `export const work = (x, ctx) => {
    for (const odd of [NaN, '1', 1n, {}, undefined, { valueOf() { throw new Error('asked') } }]) ctx.progress(odd, odd)
    ctx.progress(7, { toString() { throw new Error('asked') } })
    return 'done'
  }`
  const { heard, outcome } = await heardOf(code)
  expect([valuesOf(outcome), heard]).toEqual([['done'], [{ fraction: 1 }]])
})

test('X18 a unit that says it without end is told of at most four times a second', async () => {
  const code = 'export const work = (x, ctx) => { for (let i = 0; i < 1e5; i++) ctx.progress(i / 1e5) }'
  const { heard, outcome } = await heardOf(code)
  expect(heard.length).toBeGreaterThan(0)
  expect(heard.length).toBeLessThanOrEqual(1 + outcome.seconds * 4)
})

test('X18 the share is that of the unit, whose inputs count as they are done', () => {
  let now = 1000
  const told: unknown[] = []
  const progress = new HarnessProgress(() => now)
  progress.begin((fraction, note) => told.push([fraction, note]))
  const steps: [number, () => void][] = [
    [0, () => progress.next(0, 4)],
    [100, () => progress.next(1, 4)],
    [0, () => progress.report(0.5, 'half')],
    [100, () => progress.report(0.75, 'too soon')],
    [100, () => progress.next(2, 4)],
    [50, () => progress.next(3, 4)],
    [-5000, () => progress.report(0, 'the clock was set back')],
  ]
  for (const [passed, step] of steps) {
    now += passed
    step()
  }
  expect(told).toEqual([
    [0.375, 'half'],
    [0.75, undefined],
    [0.75, 'the clock was set back'],
  ])
  progress.begin(undefined)
  expect(() => progress.report(0.5, undefined)).not.toThrow()
})

test.each([
  ['no news', { fraction: 1 }],
  ['of another kind', { news: 'result', fraction: 1 }],
  ['no number', { news: 'progress', fraction: '1' }],
  ['a share beyond the whole', { news: 'progress', fraction: 1.1 }],
  ['a share that is none', { news: 'progress', fraction: Number.NaN }],
  ['nothing', null],
])('X18 a sandbox that says %s is not believed', (_, said) => {
  expect(new UnitNewsReader(() => 0, undefined).hear(said)).toBe(false)
})

test('X18 a sandbox that says far more than a harness does is not believed', () => {
  let now = 0
  const reader = new UnitNewsReader(() => now, undefined)
  const news = { news: 'progress', fraction: 0 }
  const flood = Array.from({ length: 100 }, () => reader.hear(news))
  expect(flood.indexOf(false)).toBe(50)
  now = 10_000
  expect(reader.hear(news)).toBe(true)
})
