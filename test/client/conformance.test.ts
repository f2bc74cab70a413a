import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeOutputs } from '../../sdk/codec.ts'
import type { UnitOutcome, UnitToRun } from '../../web-worker-client/engine/sandbox-thread.ts'
import { headlessThreads } from '../../web-worker-client/headless/spawn-thread.ts'
import type { HeadlessThread } from '../../web-worker-client/headless/thread.ts'
import { browsers } from '../support/browsers/browsers.ts'
import { runUnit, type SandboxPage, startSandboxPage } from '../support/sandbox-page/sandbox-page.ts'
import { CONFORMANCE, type ConformanceBundle } from './conformance-bundles.ts'
import { unitOf } from './sandbox-support.ts'

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
})

describe.each(browsers)('$name', (engine) => {
  const found = new Map<string, string>()
  beforeAll(async () => {
    if (engine.missing() !== undefined) return
    const browser = await engine.launch()
    try {
      const tab = await browser.open(page.url)
      for (const [name, bundle] of Object.entries(CONFORMANCE)) found.set(name, hex(await runUnit(tab, unit(bundle))))
    } finally {
      await browser.close()
    }
  })

  test.each(Object.keys(CONFORMANCE))(`X12 ${engine.name} gives the bytes of the headless worker: %s`, (name) => {
    expect(found.get(name)).toBe(expected.get(name))
  })
})
