import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { encode, encodeOutputs } from '../../sdk/codec.ts'
import { dryRun as dryRunIn } from '../../sdk/dry-run.ts'
import { connect, type DSage } from '../../sdk/dsage.ts'
import { localFiles } from '../../sdk/local/local-files.ts'
import { thisMachine } from '../../sdk/local/machine.ts'
import { openSandbox } from '../../sdk/local/open-sandbox.ts'
import { noSandbox } from '../../sdk/local-sandbox.ts'
import type { UnitOutcome } from '../../sdk/protocol.ts'
import type { WorkContext } from '../../sdk/work-context.ts'
import { TestApp } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'

const dryRun = dryRunIn.bind(undefined, openSandbox) as DSage['dryRun']
const closes: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close()
})

test('J40 one input is computed here as on a device, twice, and nothing is submitted', async () => {
  const app = await TestApp.start()
  closes.push(() => app.close())
  const d = await connect(app.url, { key: OWNER_KEY.privateKey, ...thisMachine('nowhere') })
  closes.push(() => d.close())
  const work = (n: number, ctx: WorkContext) => {
    ctx.console.log('n is', n, '\u001b[2J')
    return { square: n * n * scale, chance: ctx.random() }
  }
  const run = await d.dryRun(work, 7, { vars: { scale: 2 } })
  const value = { square: 98, chance: expect.any(Number) }
  expect(run).toMatchObject({ value, deterministic: true, console: ['n is 7 \\u{1b}[2J'], inputBytes: encode([7]).length })
  expect([run.error, run.difference]).toEqual([undefined, undefined])
  expect(run.outputBytes).toBe(encodeOutputs([{ value: run.value }]).length)
  expect([run.seconds > 0, run.codeBytes > String(work).length]).toEqual([true, true])
  expect(await d.getMyJobs()).toEqual([])
  if (run.error === undefined) expectTypeOf(run.value).toEqualTypeOf<{ square: number; chance: number }>()
})
declare const scale: number

test('J40 what the code throws is told in the lines of what was written', async () => {
  const work = `(n) => {\n  const deep = () => n.no.no\n  return deep()\n}`
  const run = await dryRun(new Function(`return ${work}`)() as (n: number) => unknown, 1, { name: 'squares' })
  expect(run).toMatchObject({ deterministic: true, error: { name: 'TypeError', stack: expect.stringContaining('at deep (squares:2:') } })
  expect(run.outputBytes).toBeGreaterThan(0)
})

/** A sandbox that ends each unit so. */
const ending = (...outcomes: UnitOutcome[]) => {
  const next = () => outcomes.shift()!
  return async () => ({ run: async () => next(), close: async () => {} })
}

test('J47 work with files reads them here, given as bytes or by path, and what is no file is refused before anything is computed', async () => {
  const path = fileURLToPath(import.meta.url)
  const count = (name: string, ctx: WorkContext) => [...ctx.files.names, ctx.files.get(name).length]
  const files = { bytes: Uint8Array.of(7, 8, 9), self: path }
  const run = await dryRunIn(openSandbox, count, 'self', { files }, localFiles)
  expect(run).toMatchObject({ deterministic: true, value: ['bytes', 'self', statSync(path).size] })
  const never = async (): Promise<never> => {
    throw new Error('a sandbox was opened')
  }
  await expect(dryRunIn(never, count, 'self', { files: { self: `${path}.none` } }, localFiles)).rejects.toThrow('ENOENT')
  await expect(dryRunIn(never, count, 'self', { files })).rejects.toThrow('Expected to run in Node')
})

test('J40 an output that cannot travel or does not fit has failed by the name it has in a job', async () => {
  const errored = { errored: 'unserialisable', message: 'The output of input 0 cannot travel.', seconds: 1 } as const
  expect(await dryRunIn(ending(errored, errored), () => () => 1, 0)).toMatchObject({
    ...{ outputBytes: 0, deterministic: true, console: [], error: { name: 'UnitFailed', message: /cannot travel/ } },
  })
  const seven = { output: encodeOutputs([{ value: 7 }]), seconds: 1 }
  const output = z.string() as never
  expect(await dryRunIn(ending(seven, seven), (n: number) => n, 0, { output })).toMatchObject({ error: { name: 'OutputMismatch' } })
})

test('J40 what cannot be sent is refused as it is for a job', async () => {
  await expect(dryRun(() => notThere, 1)).rejects.toMatchObject({ code: 'free-variable', variables: ['notThere'] })
  await expect(
    dryRun(
      (n: unknown) => n,
      () => 1,
    ),
  ).rejects.toMatchObject({ code: 'bad-argument', message: /The input cannot be sent/ })
  await expect(dryRun((n: number) => n, 1, { timeout: 0 })).rejects.toMatchObject({ code: 'bad-argument', message: /`timeout`/ })
  await expect(dryRunIn(noSandbox, (n: number) => n, 1)).rejects.toMatchObject({ code: 'bad-argument', message: /Expected to run in Node/ })
})
declare const notThere: unknown

test('J40 runs that differ are told with what each gave', async () => {
  const first = { output: encodeOutputs([{ value: 1 }]), seconds: 2 }
  const second = { output: encodeOutputs([{ error: { name: 'Error', message: 'two' } }]), seconds: 1 }
  const run = await dryRunIn(ending(first, second), (n: number) => n, 1)
  expect(run).toMatchObject({ deterministic: false, difference: 'first 1, then Error: two', seconds: 1, value: 1 })
  const ended = { errored: 'deadline', message: 'Expected the unit to end within 1 s.', seconds: 1 } as const
  expect(await dryRunIn(ending(first, ended), (n: number) => n, 1)).toMatchObject({
    ...{ deterministic: false, difference: 'first 1, then Expected the unit to end within 1 s.' },
  })
})
