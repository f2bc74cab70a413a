import { readFileSync } from 'node:fs'
import { expect, expectTypeOf, test } from 'vitest'
import { bundleModule, type WorkBundle, workModule } from '../../sdk/node.ts'

const module = new URL('../../examples/collatz/work.ts', import.meta.url)
type Collatz = typeof import('../../examples/collatz/work.ts')

test('J11 a module that imports WebAssembly travels as one text with its bytes, and computes', async () => {
  const text = await bundleModule(module)
  expect(text).toContain(readFileSync(new URL('collatz.wasm', module)).toString('base64'))
  const { work } = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`)) as Collatz
  expect(work([1n, 10n])).toEqual({ number: 9n, steps: 19n })
  expectTypeOf(workModule<Collatz>(module)).toEqualTypeOf<
    WorkBundle<readonly [first: bigint, last: bigint], { number: bigint; steps: bigint }>
  >()
})
