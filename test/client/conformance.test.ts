import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeOutputs } from '../../sdk/codec.ts'
import { framesOf } from '../../sdk/remote-stack.ts'
import type { UnitOutcome, UnitToRun } from '../../web-worker-client/engine/sandbox-thread.ts'
import { headlessThreads } from '../../web-worker-client/headless/spawn-thread.ts'
import type { HeadlessThread } from '../../web-worker-client/headless/thread.ts'
import { browsers } from '../support/browsers/browsers.ts'
import { runUnit, type SandboxPage, startSandboxPage } from '../support/sandbox-page/sandbox-page.ts'
import { CONFORMANCE, type ConformanceBundle } from './conformance-bundles.ts'
import { unitOf, valuesOf } from './sandbox-support.ts'

const THROWS = `const deep = (x) => { null.x(x) }
class Thing {
  static go(x) { deep(x); return 1 }
}
export const work = (x) => {
  const y = Thing.go(x)
  return y
}`
const THROWN_AT = [
  ['deep', 1],
  ['go', 3],
  ['work', 6],
]
const stackOf = (outcome: UnitOutcome | undefined): string => (outcome && 'output' in outcome ? (outcome.stack ?? '') : '')
/** Function and line of each frame; columns are the engine's own. */
const linesOf = (stack: string) => framesOf(stack).map(({ name, line }) => [name.replace(/^Thing\./, ''), line])

/** How many units its realm has run, and whose Math it has. */
const COUNTS = `let units = 0
export const work = () => [++units, String(Math.exp).includes('native code')]`
/** In which realms they may run. */
const REALMS = [
  { isolation: 'job' },
  { isolation: 'job' },
  { isolation: 'unit' },
  { isolation: 'job', nativeMath: true, job: 'another job' },
] as const
const countsOf = (outcomes: readonly (UnitOutcome | undefined)[]) =>
  outcomes.map((outcome) => [...(valuesOf(outcome!)[0] as [number, boolean]), (outcome as { reused?: true }).reused ?? false])
/** Units, the engine's Math, used realm. */
const COUNTED = [
  [1, false, false],
  [2, false, true],
  [1, false, false],
  [1, true, false],
]

const SEED = Uint8Array.from({ length: 16 }, (_, i) => 17 * i)
const unit = ({ code, inputs }: ConformanceBundle): UnitToRun => unitOf(code, inputs, { seed: SEED })
const hex = (outcome: UnitOutcome | undefined): string => {
  if (outcome && 'output' in outcome) return Buffer.from(outcome.output).toString('hex')
  return `no output: ${JSON.stringify(outcome)}`
}

let page: SandboxPage
let headless: HeadlessThread
const expected = new Map<string, string>()
beforeAll(async () => {
  page = await startSandboxPage()
  headless = headlessThreads()()
  for (const [name, bundle] of Object.entries(CONFORMANCE)) expected.set(name, hex(await headless.run(unit(bundle))))
})
afterAll(async () => {
  await headless.close()
  await page.close()
})

describe('headless', () => {
  test.each(Object.entries(CONFORMANCE))('X12 %s', (name, { inputs, values, throws }) => {
    const items = decodeOutputs(Buffer.from(expected.get(name)!, 'hex'))
    expect(items).toHaveLength(inputs.length)
    if (values) expect(items).toEqual(values.map((value) => ({ value })))
    else if (throws) for (const item of items) expect(item).toMatchObject({ error: { name: throws.name } })
    else for (const item of items) expect(item).toHaveProperty('value')
    if (throws?.message) for (const item of items) expect(item).toEqual({ error: throws })
  })

  test('X16 a stack names the lines of the bundle', async () => {
    expect(linesOf(stackOf(await headless.run(unitOf(THROWS, [1]))))).toEqual(THROWN_AT)
  })

  test('T8 a realm is used again for units of a job that allows it, and T7 has the engine’s Math for one that asks for it', async () => {
    const outcomes: UnitOutcome[] = []
    for (const realm of REALMS) outcomes.push(await headless.run(unitOf(COUNTS, [0], realm)))
    expect(countsOf(outcomes)).toEqual(COUNTED)
  })
})

describe.each(browsers)('$name', (engine) => {
  const found = new Map<string, string>()
  const counting: (UnitOutcome | undefined)[] = []
  let stack = ''
  beforeAll(async () => {
    if (engine.missing() !== undefined) return
    const browser = await engine.launch()
    try {
      const tab = await browser.open(page.url)
      for (const [name, bundle] of Object.entries(CONFORMANCE)) found.set(name, hex(await runUnit(tab, unit(bundle))))
      stack = stackOf(await runUnit(tab, unitOf(THROWS, [1])))
      for (const realm of REALMS) counting.push(await runUnit(tab, unitOf(COUNTS, [0], realm)))
    } finally {
      await browser.close()
    }
  })

  test.each(Object.keys(CONFORMANCE))(`X12 ${engine.name} gives the bytes of the headless worker: %s`, (name) => {
    expect(found.get(name)).toBe(expected.get(name))
  })

  test(`T8 ${engine.name} uses a realm again for units of a job that allows it, and T7 has its own Math for one that asks for it`, (context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    expect(countsOf(counting)).toEqual(COUNTED)
  })

  test(`X16 ${engine.name} names the same functions and lines in a stack, within the first line the same places`, (context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    expect(linesOf(stack)).toEqual(THROWN_AT)
    const { column } = framesOf(stack)[0]!
    expect(THROWS.slice(0, column - 1)).toMatch(/null(\.x?)?$|=> \{ $/)
    expect(stack.length).toBeLessThan(1000)
  })
})
