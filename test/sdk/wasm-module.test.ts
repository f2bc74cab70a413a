import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { dryRun } from '../../sdk/dry-run.ts'
import { openSandbox } from '../../sdk/local/open-sandbox.ts'
import { bundleModule, workModule } from '../../sdk/node.ts'

const module = new URL('../../examples/collatz/work.ts', import.meta.url)

test('J11 a module that imports WebAssembly travels as one text, and runs in the sandbox', async () => {
  const work = workModule<typeof import('../../examples/collatz/work.ts')>(module)
  const run = await dryRun(openSandbox, work, [1n, 10n] as const)
  expect(run).toMatchObject({ value: { number: 9n, steps: 19n }, deterministic: true })
  const bytes = readFileSync(new URL('collatz.wasm', module))
  expect(await bundleModule(module)).toContain(bytes.toString('base64'))
})
