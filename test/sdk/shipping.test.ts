import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { bundleFunction, bundleSource, type Vars } from '../../sdk/bundle.ts'
import { decode } from '../../sdk/codec.ts'
import { bundleFile } from '../../sdk/local/bundle-file.ts'
import { bundleModule } from '../../sdk/local/bundle-module.ts'
import { connect, type DSage, Rational, workModule } from '../../sdk/node.ts'
import type { UnitSpec } from '../../sdk/protocol.ts'
import { codeOf } from '../../sdk/work.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { type ScriptedServer, scriptedServer } from './scripted-server.ts'

// The realm has it; what vars become refers to it.
Object.assign(globalThis, { Rational })
const load = async (text: string) =>
  (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`)) as { work(...inputs: unknown[]): unknown }
const evaluate = async (source: string, vars?: Vars) => (await load(bundleSource(source, vars))).work()
const run = async (work: Parameters<typeof codeOf>[0], vars?: Vars, input?: unknown) => (await load(await codeOf(work, vars))).work(input)
const compile = <Made>(source: string): Made => new Function(`return (${source})`)() as Made
type AnyWork = (input: never) => unknown

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dsage-shipping-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
const file = async (name: string, text: string | Uint8Array) => {
  const path = join(folder, name)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, text)
  return pathToFileURL(path)
}

describe('statements', () => {
  it.each([
    ['const n = 20; n + 1', 21],
    ['let s = 0\nfor (const n of [1, 2, 3]) s += n\ns', 6],
    ['if (1 > 2) "a"; else { const b = "b"; b }', 'b'],
    ['try { null.x } catch ({ name }) { name }', 'TypeError'],
    ['{ let n = 1; n }; function f() {}', 1],
    ['const n = await Promise.resolve(4)\nreturn n * n', 16],
    ['for (const n of [1, 2]) { if (n > 1) return n }', 2],
    ['const f = (n) => n < 2 ? 1 : n * f(n - 1); f(5) // five', 120],
    ['for (const n of [1]) n', undefined],
  ])('J10 %j is %j', async (source, value) => expect(await evaluate(source)).toEqual(value))

  it.each([
    ['const n = 1; m', { code: 'free-variable', variables: ['m'] }],
    ['const n = 1;\n2^10', { code: 'notation', line: 2, column: 2 }],
    ['const n = ;', { code: 'syntax', line: 1 }],
    ['} ; {', { code: 'syntax' }],
    ['import x from "y"; x', { code: 'import' }],
  ])('J10 %j is refused', (source, error) => expect(() => bundleSource(source)).toThrow(expect.objectContaining(error)))
})

describe('vars', () => {
  const values = {
    a: 5n,
    b: -0,
    c: Number.NaN,
    d: undefined,
    e: new Map([[1, new Set(['x'])]]),
    f: new Float64Array([1.5, -0]),
    g: new Uint8Array([0, 255]),
    h: { 'a b': [1, null, 'é\u2028'], ['__proto__']: 3 },
    i: new Date(86_400_000),
    j: -1 / 0,
  }
  it('J10 values are what they were, and the same text however they were written', async () => {
    const names = Object.keys(values)
    const got = (await evaluate(`[${names}]`, values)) as unknown[]
    expect(got).toEqual(names.map((name) => ({ ...values, h: decodeOf(values.h) })[name as 'a']))
    expect(Object.keys(got[7] as object)).toContain('__proto__')
    expect(bundleSource('o', { o: { x: 1, y: 2 } })).toBe(bundleSource('o', { o: { y: 2, x: 1 } }))
    const half = (await evaluate('r', { r: new Rational(1n, 2n) })) as Rational
    expect(String(half)).toBe('1/2')
  })
  const decodeOf = (value: object) => JSON.parse(JSON.stringify(value)) as object

  it('J10 names are in scope of a function, which may not change them, and hide those of the realm', async () => {
    const work = compile<AnyWork>('(n) => table[n] + factor')
    expect(await run(work, { table: [1, 2], factor: 10, unused: 1 }, 1)).toBe(12)
    await expect(run(compile<AnyWork>('(n) => { t[0].a = n }'), { t: [{ a: 1 }] }, 1)).rejects.toThrow(TypeError)
    expect(await evaluate('work + dsage', { work: 1, dsage: 2 })).toBe(3)
  })

  it.each([
    [{ 'a b': 1 }, 'names of variables, got "a b"'],
    [{ await: 1 }, 'got "await"'],
    [{ globalThis: 1 }, 'got "globalThis"'],
    [{ x: { f: () => 1 } }, '`x` of `vars` cannot travel'],
    [{ x: 'y'.repeat(5_000_000) }, 'give large data as inputs'],
    [[1] as unknown as Vars, 'got an array'],
  ])('J10 %# is refused', (vars, words) => expect(() => bundleSource('x', vars as Vars)).toThrow(words))
})

describe('objects, classes and transpiled functions', () => {
  it('J12 an object is sent with its methods and fields', async () => {
    const object = {
      factor: 3n,
      twice: (n: bigint) => 2n * n,
      work(n: bigint) {
        return this.twice(n) * this.factor
      },
    } // prettier-ignore
    expect(await run(object as never, undefined, 7n)).toBe(42n)
    class Sweep {
      step = 2
      scaled(n: number) {
        return n * this.step
      }
      work(n: number) {
        return this.scaled(n)
      }
    }
    expect(await run(new Sweep() as never, undefined, 4)).toBe(8)
    expect(await run(Sweep as never, undefined, 4)).toBe(8)
    const counting = compile<never>('class { #n = start; work(n) { return this.#n += n } }')
    const { work } = await load(await codeOf(counting, { start: 10 }))
    expect([work(1), work(1)]).toEqual([11, 12])
  })

  it.each([
    [
      {
        work: () => 1,
        get x() {
          return 1
        },
      },
      '`x` of the object cannot travel',
    ],
    [{ work: () => 1, socket: new WeakMap() }, '`socket` of the object cannot travel'],
    [{ run: () => 1 }, 'a method `work'],
    [compile('class { constructor(a) { this.a = a } work() {} }'), 'its constructor takes 1'],
    [compile('class { run() {} }'), 'one without'],
    [compile('class { work() { return Base } }'), '`Base`'],
  ])('J12 %# is refused by name', (work, words) => expect(() => codeOf(work as never)).toThrow(words)) // prettier-ignore

  it('J12 what esbuild makes with keepNames is sent, what it makes of imports is explained', async () => {
    const source = 'export const work = (n) => { function twice(m) { return 2 * m } class Box { v = twice(n) } return new Box().v }'
    const { code } = await transform(source, { keepNames: true, format: 'cjs' })
    const module = { exports: {} as { work: AnyWork } }
    new Function('module', code)(module)
    expect(String(module.exports.work)).toContain('__name(')
    expect(await run(module.exports.work, undefined, 4)).toBe(8)
    const imported = compile<AnyWork>('(n) => (0, import_tables.row)(n)')
    expect(() => codeOf(imported)).toThrow(
      /`import_tables` is what the loader made of an import.*workModule.*line 1 of the function, given at .*shipping\.test\.ts:\d+/,
    )
    expect(() => bundleFunction(compile<AnyWork>('(n) => __async(n)'))).toThrow('of the transpiler')
  })
})

describe('modules', () => {
  const parts = async (place: string) => {
    await file(`${place}/node_modules/scale/package.json`, '{"name":"scale","main":"index.js"}')
    await file(`${place}/node_modules/scale/index.js`, 'module.exports = (n) => 3 * n\n')
    await file(`${place}/src/table.bin`, new Uint8Array([7, 8, 9]))
    await file(`${place}/src/note.txt`, 'note')
    const text = `import { gcd } from 'dsage/math'
import scale from 'scale'
import bytes from './table.bin'
import note from './note.txt'
export const work = (n: number): unknown => [scale(n), bytes[n], note, gcd(n, 4)]
`
    return bundleModule(await file(`${place}/src/work.ts`, text))
  }

  it('J11 packages, data and dsage/math become one text, the same from another directory', async () => {
    const [one, other] = [await parts('a'), await parts('b/c')]
    expect(one).toBe(other)
    expect(one).not.toContain(folder)
    Object.assign(globalThis, { gcd: (a: number, b: number) => a + b })
    expect((await load(one)).work(2)).toEqual([6, 9, 'note', 6])
    expect(one).not.toContain('isPrime')
  })

  it.each([
    ["import { readFile } from 'node:fs'\nexport const work = readFile", 'import', 'odd.ts:1:26: `node:fs` is of Node'],
    ["import fs from 'fs'\nexport const work = fs", 'import', '`fs` is of Node'],
    [
      "export const work = async () => (await import('https://x.org/y.js')).y",
      'import',
      'odd.ts:1:47: https://x.org/y.js is on the network',
    ],
    ['export const work = (x: string) => import(x)', 'import', 'odd.ts:1:36: got import() of a computed name'],
    ['export const work = (x: string) => require(x)', 'import', 'got require() of a computed name'],
    ['export const work = () => import.meta.url', 'import', 'got import.meta'],
    ['\nexport const work = () => fetch("x")', 'free-variable', 'odd.ts:2:27: `fetch` cannot be used'],
    [`export const work = () => ${JSON.stringify('x'.repeat(4_200_000))}`, 'too-large', 'odd.ts is 42'],
  ])('J11 %# is refused with file and line', async (text, code, words) => {
    const url = await file('odd.ts', text)
    await expect(bundleModule(url)).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
  })

  it('J11 a file is its default export, or its last statement', async () => {
    const value = async (name: string, text: string, vars?: Vars) => (await load(await bundleFile(await file(name, text), vars))).work()
    expect(await value('s.ts', '#!/usr/bin/env node\nconst n: number = 4\nn * k', { k: 2 })).toBe(8)
    await file('part.ts', 'export const half = (n: number) => n / 2')
    expect(await value('i.ts', "import { half } from './part.ts'\nconst n = half(k)\nn + 1", { k: 8 })).toBe(5)
    expect(await value('d.ts', "import { half } from './part.ts'\nexport default async () => half(6)")).toBe(3)
    expect(await value('v.js', 'export default 7')).toBe(7)
    await expect(bundleFile(await file('e.js', 'export const a = 1'))).rejects.toThrow('default export')
  })
})

describe('options', () => {
  let server: ScriptedServer
  let d: DSage
  const start = async (onUnit?: (unit: UnitSpec, job: string) => void) => {
    server = await scriptedServer(onUnit)
    d = await connect(server.url, { key: OWNER_KEY.privateKey })
  }
  const stop = async () => {
    await d.close()
    await server.close()
  }
  const double = (unit: UnitSpec, job: string) =>
    setImmediate(() =>
      server.decide(
        job,
        'sealed',
        unit.key,
        (decode(unit.input) as number[]).map((n) => ({ value: n > 2 ? 'much' : 2 * n })),
      ),
    ) // prettier-ignore

  it('J13 outputs are those of the schema, and what does not fit is a failed input', async () => {
    await start(double)
    const output = z.number().transform((n) => `=${n}`)
    const job = d.map((n: number) => 2 * n, [1, 2], { output, batch: 1 })
    expectTypeOf(job.wait).returns.resolves.toEqualTypeOf<string[]>()
    expect(await job.wait()).toEqual(['=2', '=4'])
    await expect(d.map((n: number) => 2 * n, [1, 3], { output }).wait()).rejects.toMatchObject({
      index: 1,
      error: { name: 'OutputMismatch' },
    })
    await stop()
  })

  it('J13 progress is told to the end, and a signal ends the job here and at the server', async () => {
    const seen: number[] = []
    await start(double)
    await d.map((n: number) => 2 * n, [1, 2], { onProgress: ({ fraction }) => seen.push(fraction) }).wait()
    await expect.poll(() => seen.at(-1)).toBe(1)
    await stop()
    await start()
    const stopper = new AbortController()
    const job = d.map((n: number) => n, [1], { signal: stopper.signal })
    await expect.poll(() => job.status).toBeDefined()
    stopper.abort(new Error('enough'))
    await expect(job.wait()).rejects.toMatchObject({ code: 'job-cancelled', cause: { message: 'enough' } })
    await expect.poll(() => server.asked.find(({ event }) => event === 'control')?.message.action).toBe('cancel')
    await expect(d.eval('1', { signal: stopper.signal }).wait()).rejects.toMatchObject({ code: 'job-cancelled' })
    await stop()
  })

  it('J12 types of inputs and outputs follow from what is given', () => {
    const never = null as unknown as DSage
    const types = () => {
      expectTypeOf(never.map((n: number, ctx) => ctx.random() + n, [1]).wait).returns.resolves.toEqualTypeOf<number[]>()
      expectTypeOf(never.map({ work: (n: number) => String(n) }, [1]).wait).returns.resolves.toEqualTypeOf<string[]>()
      const module = workModule<{ work(n: bigint): Promise<string> }>(new URL('file:///work.ts'))
      expectTypeOf(never.map(module, [1n]).wait).returns.resolves.toEqualTypeOf<string[]>()
      expectTypeOf(never.eval('1', { output: z.number() }).wait).returns.resolves.toEqualTypeOf<number>()
      expectTypeOf(never.eval('1').wait).returns.resolves.toEqualTypeOf<unknown>()
      expectTypeOf(never.scatter((n: number) => n).gather).returns.resolves.toEqualTypeOf<number[]>()
      expectTypeOf(never.parallel((n: number, m: string) => n + m))
        .parameter(0)
        .toExtend<Iterable<readonly [number, string]> | AsyncIterable<readonly [number, string]>>()
      // @ts-expect-error the module takes bigints
      never.map(module, ['text'])
    }
    expect(types).toBeTypeOf('function')
  })
})
