import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { encodeOutputs } from '../../sdk/codec.ts'
import { LIMITS, STACKS } from '../../sdk/protocol.ts'
import { framesOf } from '../../sdk/remote-stack.ts'
import { SEED_STEP, seedNumber, seedOfUnit } from '../../sdk/seed.ts'
import type { UnitOutcome } from '../../web-worker-client/engine/sandbox-thread.ts'
import { readChildReport } from '../../web-worker-client/headless/child-report.ts'
import { encodeFrame, FrameReader } from '../../web-worker-client/headless/frames.ts'
import { sandboxFlags } from '../../web-worker-client/headless/sandbox-process.ts'
import { headlessThreads } from '../../web-worker-client/headless/spawn-thread.ts'
import type { HeadlessThread } from '../../web-worker-client/headless/thread.ts'
import { boundMemorySection } from '../../web-worker-client/sandbox/wasm-memory-section.ts'
import { CREATED_AT, erroredOf, outputsOf, randomSeed, sandboxesOf, unitOf, valuesOf } from './sandbox-support.ts'

let thread: HeadlessThread
beforeAll(async () => {
  thread = headlessThreads({ complain: () => {} })()
  await thread.run(unitOf('export const work = () => 0', [0]))
})
afterAll(() => thread.close())

const run = (code: string, inputs: readonly unknown[] = [0], rest = {}): Promise<UnitOutcome> => thread.run(unitOf(code, inputs, rest))
const evaluate = async (expression: string): Promise<unknown> =>
  valuesOf(await run(`export const work = async (input, ctx) => { ${expression} }`))[0]

describe('deadline', () => {
  const endless = {
    'a loop': 'export const work = () => { for (;;); }',
    microtasks: 'export const work = async () => { for (;;) await null }',
    tick: 'export const work = async (input, ctx) => { for (;;) await ctx.tick() }',
    'a loop at load': 'for (;;); export const work = () => 0',
    'a thenable': 'export const work = () => ({ then() { for (;;); } })',
    'a proxy as result': 'export const work = () => new Proxy({}, { ownKeys() { for (;;); } })',
    'a getter of a thrown value': 'export const work = () => { throw { get message() { for (;;); } } }',
    'a getter thrown at load': 'throw { get message() { for (;;); } }; export const work = () => 0',
    'a getter of a rejection left behind': 'export const work = () => { Promise.reject({ get message() { for (;;); } }); return 1 }',
    'a pattern': 'export const work = () => /^(a+)+$/.test("a".repeat(40) + "b")',
    'big integers': 'export const work = () => { let x = 3n ** 100000n; for (;;) x = (x * x) % (2n ** 4000000n - 1n) }',
    'a long native call': 'export const work = () => [].indexOf.call({ length: 2 ** 53 - 1 }, 1)',
    WebAssembly: `export const work = () => new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(
      [0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,9,1,7,0,3,64,12,0,11,11]))).exports.f()`,
  }
  test.each(Object.entries(endless))('X2 %s ends within a second of the deadline and the next unit runs', async (_, code) => {
    const outcome = await run(code, [0], { timeoutSeconds: 0.4, memoryMegabytes: 256 })
    expect(erroredOf(outcome)).toBe('deadline')
    expect(outcome.seconds).toBeLessThan(1.4)
    expect(valuesOf(await run('export const work = (x) => x', [7]))).toEqual([7])
  })

  test('X2 a promise that nothing can settle is not waited for', async () => {
    const outcome = await run('export const work = () => new Promise(() => {})', [0], { timeoutSeconds: 3600 })
    expect(erroredOf(outcome)).toBe('deadline')
  })
})

describe('memory', () => {
  const bombs = {
    arrays: 'export const work = () => { const all = []; for (;;) all.push(new Array(1000).fill({})) }',
    'one huge array': 'export const work = () => { let all = [1]; for (;;) all = all.concat(all) }',
    texts: 'export const work = () => { const all = []; for (;;) all.push("x".repeat(1000) + all.length) }',
    closures: 'export const work = () => { let f = () => 0; for (;;) { const g = f; f = () => g } }',
    'a Map': 'export const work = () => { const all = new Map(); for (let i = 0; ; i++) all.set(i, { i }) }',
    buffers: 'export const work = () => { const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1)) }',
    'small buffers': 'export const work = () => { const all = []; for (;;) all.push(new Uint8Array(100)) }',
    'WebAssembly memories': `export const work = () => { const all = []; for (;;) {
      const memory = new WebAssembly.Memory({ initial: 512 }); new Uint8Array(memory.buffer).fill(1); all.push(memory) } }`,
    'arrays at load': 'const all = []; for (;;) all.push(new Array(1000).fill({})); export const work = () => 0',
  }
  test.each(Object.entries(bombs))('X3 a bomb of %s is errored memory and the next unit runs', async (_, code) => {
    const outcome = await run(code, [0], { timeoutSeconds: 30 })
    expect(outcome).toMatchObject({ errored: 'memory' })
    expect(valuesOf(await run('export const work = (x) => x', [7]))).toEqual([7])
  })

  test('X3 a WebAssembly memory grows to the limit and no further', async () => {
    const code = `export const work = () => {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 })
      let pages = 1
      try { for (;;) { memory.grow(16); pages += 16 } } catch { return [pages, memory.constructor === WebAssembly.Memory] }
    }`
    expect(valuesOf(await run(code, [0], { memoryMegabytes: 64 }))).toEqual([[1009, true]])
  })

  /** A module of one memory that is exported, with `limits` in its memory section. */
  const moduleWith = (...limits: number[]) => [0, 97, 115, 109, 1, 0, 0, 0, 5, limits.length + 1, 1, ...limits, 7, 5, 1, 1, 109, 2, 0]
  const growAll = `export const work = async (bytes) => {
    const grow = (memory) => { for (;;) { try { memory.grow(64) } catch { return memory.buffer.byteLength / 65536 } } }
    const { instance } = await WebAssembly.instantiate(bytes)
    const compiled = await WebAssembly.compile(bytes)
    return [grow(instance.exports.m), grow(new WebAssembly.Instance(compiled).exports.m), grow((await WebAssembly.instantiate(compiled)).exports.m)]
  }`
  test.each([
    ['no maximum', moduleWith(0, 1), 961],
    ['a maximum above the limit', moduleWith(1, 1, 0x80, 0x80, 4), 961],
    ['a maximum below it', moduleWith(1, 1, 2), 1],
  ])('X3 the memory of a module with %s stays within the limit', async (_, bytes, pages) => {
    expect(valuesOf(await run(growAll, [new Uint8Array(bytes)], { memoryMegabytes: 64 }))).toEqual([[pages, pages, pages]])
  })

  test.each([
    ['starts above the limit', moduleWith(0, 0x81, 8)],
    ['is shared', moduleWith(3, 1, 2)],
    ['has limits in an unknown form', moduleWith(0x80, 0, 1)],
  ])('X3 a module whose memory %s is refused as the code answers', async (_, bytes) => {
    const [item] = outputsOf(await run(growAll, [new Uint8Array(bytes)], { memoryMegabytes: 64 }))
    expect(item).toMatchObject({ error: { message: expect.stringMatching(/^WebAssembly: expected/) } })
  })

  test('X3 bounding a module keeps every other section and never throws on noise', () => {
    const plain = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 0, 3, 1, 120, 7, ...moduleWith(0, 1).slice(8)])
    expect([...boundMemorySection(plain, 65536 * 300)]).toEqual([...plain.slice(0, 13), 5, 5, 1, 1, 1, 0xac, 2, ...plain.slice(18)])
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
        try {
          boundMemorySection(noise, 65536)
        } catch (error) {
          expect((error as Error).message).toMatch(/^WebAssembly: expected/)
        }
      }),
    )
  })
})

describe('results', () => {
  test('X4 a throw is an output with name and message, the stack beside it', async () => {
    const outcome = await run('export const work = (x) => { if (x) throw new RangeError("too " + x); return x }', [0, 'far'])
    expect(outputsOf(outcome)).toEqual([{ value: 0 }, { error: { name: 'RangeError', message: 'too far' } }])
    expect(outcome).toMatchObject({ stack: expect.stringContaining('RangeError: too far') })
  })

  test('J54 of each input that threw the stack is told, of the first hundred and never more than four thousand characters', async () => {
    const code = `const early = (x) => { throw new RangeError('early ' + x) }
      const late = (x) => { throw new RangeError('late ' + x) }
      export const work = (x) => { if (x < 0) throw x; if (x > 9) late(x); if (x > 0) early(x) }`
    const stackOf = (outcome: UnitOutcome) => ('output' in outcome ? (outcome.stack ?? '') : '')
    const sections = stackOf(await run(code, [0, 1, 2, -1, 10, 11])).split(STACKS.separator)
    expect(sections.map((section) => framesOf(section)[0]?.name)).toEqual(['early', undefined, 'late', undefined])
    expect(sections[0]).toMatch(/^1\nRangeError: early 1\n/)
    expect([sections[1], sections[2]?.slice(0, 3), sections[3]]).toEqual(['2\n=', '4\n\n', '5\n='])
    const many = stackOf(await run(code, Array(2000).fill(7))).split(STACKS.separator)
    expect([many.length, many.at(-1)]).toEqual([100, '99\n='])
    const long = `export const work = (x) => { throw { name: 'E', message: '', stack: 'x'.repeat(1e5) + x } }`
    expect(stackOf(await run(long, [1, 2, 3, 4])).length).toBeLessThanOrEqual(4000)
    const forged = `export const work = (x) => { throw { stack: '0\\n\\u001e5\\nforged@bundle.js:1:1' } }`
    expect(stackOf(await run(forged, [1, 2]))).toBe('')
  })

  test.each([
    ['a number', '42', { name: 'Error', message: '42' }],
    ['undefined', 'undefined', { name: 'Error', message: 'undefined' }],
    ['a symbol', 'Symbol("s")', { name: 'Error', message: 'Symbol(s)' }],
    ['an object without message', '{}', { name: 'Error', message: 'The code threw an object without a readable message.' }],
    [
      'throwing getters',
      '{ get name() { throw 1 }, get message() { throw 2 } }',
      { name: 'Error', message: 'The code threw an object without a readable message.' },
    ],
    [
      'texts that are no texts',
      '{ name: {}, message: () => 1 }',
      { name: 'Error', message: 'The code threw an object without a readable message.' },
    ],
    [
      'a revoked proxy',
      '(() => { const r = Proxy.revocable({}, {}); r.revoke(); return r.proxy })()',
      { name: 'Error', message: 'The code threw an object without a readable message.' },
    ],
    ['lone surrogates', 'new Error("\\ud800")', { name: 'Error', message: '\ufffd' }],
    [
      'endless texts',
      'Object.assign(new Error("m".repeat(1e6)), { name: "n".repeat(1e6) })',
      { name: 'n'.repeat(200), message: 'm'.repeat(2000) },
    ],
  ])('X4 %s can be thrown', async (_, thrown, error) => {
    expect(outputsOf(await run(`export const work = () => { throw ${thrown} }`))).toEqual([{ error }])
  })

  test.each([
    ['does not parse', 'export const work = ;', 'SyntaxError', 'does not parse'],
    ['imports a module', 'import fs from "node:fs"; export const work = () => fs', 'TypeError', 'imports other modules'],
    ['throws at its top level', 'throw new RangeError("at once"); export const work = () => 0', 'RangeError', 'at once'],
    ['throws after an await', 'await null; throw new RangeError("later"); export const work = () => 0', 'RangeError', 'later'],
    ['throws a number', 'throw 42; export const work = () => 0', 'Error', '42'],
    ['exports no work', 'export const other = () => 0', 'TypeError', 'exports no function'],
    ['exports work as a number', 'export const work = 3', 'TypeError', 'exports no function'],
  ])('X4 a bundle that %s answers every input with one error', async (_, code, name, message) => {
    const error = { name, message: expect.stringContaining(message) }
    expect(outputsOf(await run(code, [1, 2, 3]))).toEqual([{ error }, { error }, { error }])
  })

  test('X4 a rejected promise left behind is not the answer', async () => {
    const code = 'Promise.reject(new Error("load")); export const work = (x) => { Promise.reject(new Error("work")); return x }'
    expect(valuesOf(await run(code, [1, 2]))).toEqual([1, 2])
  })

  test.each([
    ['a function', '() => 0', '$[0].value.a[1]'],
    ['a getter', '({ get x() { return 1 } })', '$[0].value.a[1]'],
    ['a class instance', 'new (class Foo {})()', '$[0].value.a[1]'],
    ['a symbol', 'Symbol("x")', '$[0].value.a[1]'],
    ['a lone surrogate', '"\\udc00"', '$[0].value.a[1]'],
    ['a promise', 'Promise.resolve(1)', '$[0].value.a[1]'],
    ['a hostile proxy', 'new Proxy({}, { ownKeys() { throw new Error("trap") }, getPrototypeOf() { throw new Error("trap") } })', ''],
    ['endless depth', '(() => { let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; return o })()', ''],
    ['a cycle', '(() => { const o = {}; o.o = o; return o })()', '$[0].value.a[1]'],
  ])('X4 %s in a result is unserialisable, with its path', async (_, value, path) => {
    const outcome = await run(`export const work = (x) => x === 0 ? 0 : ({ a: [0, ${value}] })`, [0, 1])
    expect(outcome).toMatchObject({ errored: 'unserialisable', message: expect.stringContaining(path) })
    expect(outcome).toMatchObject({ message: expect.stringContaining('input 1') })
  })

  test('X4 outputs may fill the limit and not exceed it by a byte', async () => {
    const sizes = (total: number) => [total / 2, total / 2]
    const around = encodeOutputs(sizes(1_000_000).map((size) => ({ value: new Uint8Array(size) }))).length - 1_000_000
    const room = LIMITS.payloadBytes - around
    const code = 'export const work = (size) => new Uint8Array(size)'
    const full = await run(code, [room / 2, room / 2].map(Math.floor))
    expect(outputsOf(full)).toHaveLength(2)
    expect('output' in full && full.output.length).toBeGreaterThan(LIMITS.payloadBytes - 2)
    expect(erroredOf(await run(code, [room / 2, room / 2 + 1].map(Math.ceil)))).toBe('output-too-large')
  })

  test('X4 the bytes are those of the codec, whatever the number of inputs', async () => {
    for (const count of [0, 1, 23, 24, 255, 256, 300]) {
      const inputs = Array.from({ length: count }, (_, i) => ({ i, big: BigInt(i), list: new Set([i]) }))
      const outcome = await run('export const work = (x) => x', inputs)
      expect('output' in outcome && Buffer.from(outcome.output)).toEqual(Buffer.from(encodeOutputs(inputs.map((value) => ({ value })))))
    }
  })

  test('X4 a later input cannot change the output of an earlier one', async () => {
    const code =
      'const kept = []; export const work = (x) => { for (const k of kept) k.x = "changed"; const o = { x }; kept.push(o); return o }'
    expect(valuesOf(await run(code, [1, 2]))).toEqual([{ x: 1 }, { x: 2 }])
  })

  test('X4 the console is captured, capped, and keeps control characters', async () => {
    const outcome = await run(
      'export const work = (x, ctx) => { console.log("a\\u001b[31m", 1n, { b: [2] }); ctx.console.warn(new Error("e")) }',
    )
    expect(outcome).toMatchObject({ console: 'a\u001b[31m 1n {"b":[2]}\nError: e\n' })
    const flood = await run('export const work = () => { for (let i = 0; i < 1e5; i++) console.log("flood") }')
    expect('console' in flood && flood.console).toHaveLength(LIMITS.consoleCharacters)
    expect('console' in flood && flood.console).toMatch(/\n… the rest of what this unit printed was dropped\n$/)
  })
})

describe('rights', () => {
  test('X5 the process itself may not read files, start processes or threads', () => {
    const probe = `
      import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
      import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
      import { Worker } from 'node:worker_threads'
      const denied = (f) => { try { f(); return 'allowed' } catch (error) { return error.code } }
      console.log(JSON.stringify([() => readFileSync('/etc/passwd'), () => readdirSync('/'), () => writeFileSync('/tmp/x', ''), () => spawnSync('/bin/true'), () => new Worker('1', { eval: true })].map(denied)), JSON.stringify(process.env))`
    const { stdout, stderr } = spawnSync(process.execPath, [...sandboxFlags(), '--input-type=module', '--eval', probe], {
      env: {},
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(stdout).toBe(`${JSON.stringify(Array(5).fill('ERR_ACCESS_DENIED'))} {}\n`)
  })

  test('X5 a realm knows nothing of the process', async () => {
    expect(
      await evaluate(
        'return [typeof process, typeof require, typeof fetch, typeof setTimeout, typeof Worker, new Error().stack.includes("/")]',
      ),
    ).toEqual([...Array(5).fill('undefined'), false])
  })
})

describe('determinism', () => {
  const draws = `export const work = (input, ctx) => [input, Math.random(), ctx.random(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(7))], Math.random()]`

  test('X6 a unit of three inputs equals three units with the shifted seeds', async () => {
    const job = randomSeed()
    const together = valuesOf(await run(draws, ['a', 'b', 'c'], { seed: seedOfUnit(job, 5n) }))
    for (const [i, input] of ['a', 'b', 'c'].entries()) {
      expect(valuesOf(await run(draws, [input], { seed: seedOfUnit(job, 5n + BigInt(i)) }))).toEqual([together[i]])
    }
    expect(new Set(together.flat().map(String)).size).toBe(18)
  })

  test('X6 seeds are 128-bit numbers a constant apart', () => {
    expect(SEED_STEP & 1n).toBe(1n)
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n }),
        fc.nat(10_000),
        (job, first, i) => {
          const unit = seedOfUnit(job, first)
          expect(unit).toHaveLength(16)
          expect(seedOfUnit(unit, BigInt(i))).toEqual(seedOfUnit(job, first + BigInt(i)))
          expect(seedNumber(unit)).toBe((seedNumber(job) + first * SEED_STEP) % 2n ** 128n)
        },
      ),
    )
    expect(() => seedOfUnit(new Uint8Array(15), 0n)).toThrow(RangeError)
  })

  test('X6 numbers are spread evenly, within a stream and over neighbouring seeds', async () => {
    const seed = randomSeed()
    const code = 'export const work = () => [Math.random(), Math.random(), Math.random(), Math.random()]'
    const rows = valuesOf(await run(code, Array(4000).fill(0), { seed })) as number[][]
    for (let column = 0; column < 4; column++) {
      const buckets = Array(16).fill(0)
      for (const row of rows) buckets[Math.floor(row[column]! * 16)]++
      const chiSquare = buckets.reduce((sum, n) => sum + (n - 250) ** 2 / 250, 0)
      expect(chiSquare).toBeLessThan(60)
    }
    expect(new Set(rows.flat()).size).toBe(16_000)
  })

  test('X6 the stream of seed 0 is fixed for ever', async () => {
    expect(valuesOf(await run('export const work = () => [Math.random(), Math.random()]', [0, 1]))).toMatchInlineSnapshot(`
      [
        [
          0.05670446012353647,
          0.10811588433508157,
        ],
        [
          0.14562008628035916,
          0.8494986449619939,
        ],
      ]
    `)
  })

  test('X6 what the top level draws does not depend on the unit', async () => {
    const code = 'const atLoad = Math.random(); export const work = () => atLoad'
    const [first] = valuesOf(await run(code, [0], { seed: randomSeed() }))
    expect(valuesOf(await run(code, [0], { seed: randomSeed() }))).toEqual([first])
  })

  test.each([
    [
      'return [Date.now(), new Date().getTime(), +new Date(undefined + ""), new Date(5).getTime(), new Date(new Date(7)).getTime()]',
      [CREATED_AT, CREATED_AT, Number.NaN, 5, 7],
    ],
    ['return [Date(), String(new Date())]', Array(2).fill('Thu Feb 29 2024 12:34:56 GMT+0000 (Coordinated Universal Time)')],
    ['return [new Date(2020, 5, 1).toISOString(), new Date(99, 0).getUTCFullYear()]', ['2020-06-01T00:00:00.000Z', 1999]],
    [
      'return ["2020-06-01", "2020-06-01T10:00", "2020-06-01T10:00+02:00", "Jun 1 2020 10:00", "Mon, 01 Jun 2020 10:00:00 GMT", "nonsense"].map((t) => new Date(t).getTime())',
      [
        Date.UTC(2020, 5, 1),
        Date.UTC(2020, 5, 1, 10),
        Date.UTC(2020, 5, 1, 8),
        Date.UTC(2020, 5, 1, 10),
        Date.UTC(2020, 5, 1, 10),
        Number.NaN,
      ],
    ],
    [
      'const d = new Date(0); d.setHours(5); return [d.getHours(), d.getUTCHours(), d.getTimezoneOffset(), d.toDateString(), d.toTimeString()]',
      [5, 5, 0, 'Thu Jan 01 1970', '05:00:00 GMT+0000 (Coordinated Universal Time)'],
    ],
    [
      'return [new Date() instanceof Date, new Date().constructor === Date, Date.name, Date.length, new (class D extends Date {})(3).getTime()]',
      [true, true, 'Date', 7, 3],
    ],
    [
      'return [new Date().toLocaleString(), new Date().toLocaleDateString("de-DE"), (1234.5).toLocaleString(), 12345n.toLocaleString()]',
      ['2/29/2024, 12:34:56 PM', '29.2.2024', '1,234.5', '12,345'],
    ],
    [
      'return [Intl.DateTimeFormat().format(), new Intl.DateTimeFormat().resolvedOptions().timeZone, new Intl.NumberFormat("xx-unknown").resolvedOptions().locale, new Intl.Collator().resolvedOptions().locale]',
      ['2/29/2024', 'UTC', 'en-US', 'en-US'],
    ],
    [
      'return new Intl.DateTimeFormat("en-US", { timeZone: "Asia/Tokyo", hour: "numeric" }).formatToParts().map((p) => p.value).join("")',
      '9\u202fPM',
    ],
    ['return typeof performance === "undefined" || performance.now() === 0 && !("timeOrigin" in performance)', true],
    ['return [typeof WeakRef, typeof FinalizationRegistry, typeof SharedArrayBuffer, typeof Temporal]', Array(4).fill('undefined')],
  ])('X6 clock, zone and locale: %s', async (expression, expected) => {
    expect(await evaluate(expression)).toEqual(expected)
  })

  test.each([
    ['return new TextDecoder().decode(new TextEncoder().encode(input ?? "grüße 🌍 \\ud800"))', 'grüße 🌍 \ufffd'],
    ['return [btoa("h\\u00e9llo"), atob(btoa("h\\u00e9llo")), atob(" YQ = = ")]', ['aOlsbG8=', 'h\u00e9llo', 'a']],
    [
      'const a = { n: [1n, new Date(3)], m: new Map([[1, new Set([2])]]) }; a.self = a; const b = structuredClone(a); return [b !== a, b.self === b, b.n, b.m]',
      [true, true, [1n, new Date(3)], new Map([[1, new Set([2])]])],
    ],
    ['const seen = []; queueMicrotask(() => seen.push(1)); await ctx.tick(); await ctx.tick(); return seen', [1]],
    [
      'ctx.progress(0.5); return [Object.keys(ctx).sort(), self === globalThis]',
      [['checkpoint', 'console', 'files', 'progress', 'random', 'restored', 'tick'], true],
    ],
  ])('X6 web names of every realm: %s', async (expression, expected) => {
    expect(valuesOf(await run(`export const work = async (input, ctx) => { ${expression} }`, [undefined]))[0]).toEqual(expected)
  })

  test('X6 UTF-8 is that of the platform for any bytes', async () => {
    const samples = fc.sample(
      fc.oneof(
        fc.uint8Array({ maxLength: 12 }),
        fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text)),
      ),
      500,
    )
    const texts = valuesOf(await run('export const work = (bytes) => new TextDecoder().decode(bytes)', samples))
    expect(texts).toEqual(samples.map((bytes) => new TextDecoder().decode(bytes)))
  })
})

describe('losses', () => {
  test.runIf(process.platform === 'linux')('X7 a process that dies costs one unit', async () => {
    const [before] = sandboxesOf(process.pid)
    const running = run('export const work = () => { for (;;); }', [0], { timeoutSeconds: 60 })
    process.kill(before!, 'SIGKILL')
    expect(erroredOf(await running)).toBe('crashed')
    expect(valuesOf(await run('export const work = (x) => x', [7]))).toEqual([7])
    expect(sandboxesOf(process.pid)).not.toContain(before)
  })

  test.runIf(process.platform === 'linux')('X7 a process that dies idle costs nothing', async () => {
    const [before] = sandboxesOf(process.pid)
    process.kill(before!, 'SIGKILL')
    const outcomes = [await run('export const work = (x) => x', [1]), await run('export const work = (x) => x', [2])]
    expect(outcomes.filter((outcome) => 'errored' in outcome).length).toBeLessThan(2)
    expect(valuesOf(await run('export const work = (x) => x', [3]))).toEqual([3])
  })

  test('X7 an aborted unit is crashed and the next one runs', async () => {
    const running = run('export const work = () => { for (;;); }', [0], { timeoutSeconds: 60 })
    thread.abort()
    expect(erroredOf(await running)).toBe('crashed')
    expect(valuesOf(await run('export const work = (x) => x', [7]))).toEqual([7])
  })

  test('X7 a closed thread leaves no process and answers', async () => {
    const other = headlessThreads()()
    const running = other.run(unitOf('export const work = () => { for (;;); }', [0], { timeoutSeconds: 60 }))
    await other.close()
    expect(erroredOf(await running)).toBe('crashed')
    expect(erroredOf(await other.run(unitOf('export const work = () => 0', [0])))).toBe('crashed')
    expect(sandboxesOf(process.pid).length).toBeLessThan(2)
  })

  test.runIf(process.platform === 'linux')('X7 a sandbox ends with its parent, in the middle of a unit too', async () => {
    const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
    const program = `
      import { headlessThreads } from ${module('../../web-worker-client/headless/spawn-thread.ts')}
      import { unitOf } from ${module('./sandbox-support.ts')}
      const thread = headlessThreads()()
      await thread.run(unitOf('export const work = () => 0', [0]))
      thread.run(unitOf('for (;;); export const work = () => 0', [0], { timeoutSeconds: 600 }))
      setTimeout(() => process.stdout.write('running'), 50)`
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(parent.stdout, 'data')
    const [sandbox] = sandboxesOf(parent.pid!)
    parent.kill('SIGKILL')
    await vi.waitFor(() => expect(existsSync(`/proc/${sandbox}/exe`)).toBe(false), { timeout: 5000 })
  })

  test('X7 units of one bundle run in fresh realms, far beyond one isolate', async () => {
    const code = 'let runs = 0; globalThis.kept ??= 0; export const work = () => [++runs, ++globalThis.kept]'
    for (let i = 0; i < 520; i++) expect(valuesOf(await run(code, [0], { memoryMegabytes: 16 }))).toEqual([[1, 1]])
  })
})

describe('what a process says', () => {
  const frame = (head: unknown, body: Uint8Array = encodeOutputs([{ value: 1 }])) => ({ head, body })
  test.each([
    ['no report', frame({ kind: 'ready' }), 'crashed'],
    ['unknown reasons', frame({ kind: 'report', errored: 'bundle-unavailable' }), 'crashed'],
    ['further fields', frame({ kind: 'report', seconds: 1 }), 'crashed'],
    ['a console above its cap', frame({ kind: 'report', console: 'x'.repeat(100_000) }), 'crashed'],
    ['bytes that are no outputs', frame({ kind: 'report' }, Uint8Array.of(1, 2, 3)), 'unserialisable'],
    ['no bytes', frame({ kind: 'report' }, new Uint8Array(0)), 'unserialisable'],
  ])('X8 %s is not believed', (_, said, errored) => {
    expect(erroredOf(readChildReport(said, 0))).toBe(errored)
  })

  test('X8 frames arrive whole from any cuts, and none above the cap', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), fc.integer({ min: 1, max: 30 }), (bodies, step) => {
        const reader = new FrameReader(40)
        const wire = Buffer.concat(bodies.map((body, i) => encodeFrame({ i }, body)))
        const frames = []
        for (let at = 0; at < wire.length; at += step) frames.push(...reader.push(wire.subarray(at, at + step)))
        expect(frames).toEqual(bodies.map((body, i) => ({ head: { i }, body })))
      }),
    )
    expect(() => new FrameReader(40).push(encodeFrame({}, new Uint8Array(41)))).toThrow(RangeError)
    expect(() => new FrameReader(40).push(Buffer.alloc(8, 255))).toThrow(RangeError)
    expect(() => new FrameReader(40).push(encodeFrame([]).fill('x', 8))).toThrow(SyntaxError)
  })
})

describe('independence', () => {
  /** Runs one unit in a fresh realm of a plain Node process and prints its bytes. */
  const program = `
    import { createContext, runInContext } from 'node:vm'
    import { bundleHarness } from ${JSON.stringify(new URL('../../web-worker-client/headless/spawn-thread.ts', import.meta.url).href)}
    import { encode } from ${JSON.stringify(new URL('../../sdk/codec.ts', import.meta.url).href)}
    const context = createContext({ console: undefined })
    const realm = runInContext(await bundleHarness(), context)
    realm('begin', ${CREATED_AT}, 65536, encode([0]), new Uint8Array(16))
    const work = runInContext('(' + process.argv[1] + ')', context)
    realm('run', { dsage$loaded: true, work })
    await new Promise((resolve) => setImmediate(resolve))
    const { output } = realm('collect')
    console.log(Buffer.from(output).toString('hex'), new Date(0).getTimezoneOffset())`
  const work = `() => {
    const d = new Date(2021, 6, 4, 5, 6, 7, 8), e = new Date('Jul 4 2021 05:06'), f = new Date(0)
    f.setFullYear(1999, 11, 31); f.setHours(23); f.setMinutes(59)
    return [String(d), d.toISOString(), e.getTime(), String(f), f.getHours(), f.getDay(), d.toLocaleString(), d.toLocaleDateString(), d.toLocaleTimeString(), d.toLocaleString('fr'),
      (1234567.891).toLocaleString(), 'I\u0307i'.toLocaleUpperCase(), 'I'.toLocaleLowerCase(), '\u00e4'.localeCompare('z'), [1.5, d].toLocaleString(), Date.parse('2021-07-04T00:00'), new Date(2021, 0).getTimezoneOffset(),
      new Intl.DateTimeFormat().format(d), JSON.stringify(new Intl.DateTimeFormat([]).resolvedOptions()), JSON.stringify(new Intl.NumberFormat().resolvedOptions()), Math.random(), Date.now(), Date()]
  }`
  const bytesUnder = (env: NodeJS.ProcessEnv) => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program, work], { env, encoding: 'utf8' })
    const [bytes, offset] = stdout.trim().split(' ')
    if (!bytes) throw new Error(stderr)
    return { bytes, offset }
  }

  test('X6 time zone and language of the machine do not reach the output', () => {
    const here = bytesUnder({ TZ: 'UTC', LC_ALL: 'en_US.UTF-8' })
    const there = bytesUnder({ TZ: 'America/New_York', LC_ALL: 'tr_TR.UTF-8' })
    expect([here.offset, there.offset]).toEqual(['0', '300'])
    expect(there.bytes).toBe(here.bytes)
  })
})

describe('tampering', () => {
  /** Replaces every method and getter of every built-in with one that notes its call and lies, and traps the keys the harness may use. */
  const TAMPER = `
    const { getOwnPropertyDescriptor, defineProperty } = Object, { ownKeys, apply } = Reflect
    const lie = function () { return 'FORGED' }
    const targets = [Array, Map, Set, Promise, String, Number, BigInt, RegExp, Date, Error, TypeError, RangeError, ArrayBuffer, DataView, Uint8Array, Object, Function, Symbol, WeakMap, Iterator]
    const holders = [Reflect, JSON, Math, Object.getPrototypeOf(Uint8Array), Object.getPrototypeOf(Uint8Array.prototype), Object.getPrototypeOf([][Symbol.iterator]()), Object.getPrototypeOf(new Map().entries())]
    for (let i = 0; i < targets.length; i++) { holders[holders.length] = targets[i]; holders[holders.length] = targets[i].prototype }
    for (let i = 0; i < holders.length; i++) {
      const keys = ownKeys(holders[i])
      for (let k = 0; k < keys.length; k++) {
        const key = keys[k], d = getOwnPropertyDescriptor(holders[i], key)
        if (key === 'prototype' || !d.configurable) continue
        try { defineProperty(holders[i], key, d.get ? { __proto__: null, get: lie, configurable: true } : typeof d.value === 'function' ? { __proto__: null, value: lie, writable: true, configurable: true } : d) } catch {}
      }
    }
    const names = ['0', '1', 'value', 'error', 'output', 'errored', 'message', 'stack', 'length', 'then', 'get', 'set', 'ok', 'maxBytes', 'code', 'path']
    for (let i = 0; i < names.length; i++) defineProperty(Object.prototype, names[i], { __proto__: null, get() { return names[i] === 'then' || names[i] === 'get' || names[i] === 'set' ? undefined : 'FORGED' }, set() {}, configurable: true })
    const globals = ownKeys(globalThis)
    for (let i = 0; i < globals.length; i++) { try { globalThis[globals[i]] = lie } catch {} }
  `

  test('X8 tampered built-ins change nothing of what leaves', async () => {
    const input = { a: [1, 2n, 'three'], b: new Uint8Array([4]), c: -0 }
    expect(valuesOf(await run(`${TAMPER}; export const work = (x) => x`, [input, 'GENUINE']))).toEqual([input, 'GENUINE'])
    const thrown = await run(`${TAMPER}; export const work = (x) => { throw { name: 'N', message: 'M' } }`, [1, 2])
    expect(outputsOf(thrown)).toEqual(Array(2).fill({ error: { name: 'N', message: 'M' } }))
    expect(erroredOf(await run(`${TAMPER}; export const work = () => lie`))).toBe('unserialisable')
  })

  test('X8 tampering by one input or unit does not reach the next', async () => {
    expect(valuesOf(await run(`export const work = (x) => { if (x === 1) { ${TAMPER} } return x }`, [1, 'a', 3]))).toEqual([1, 'a', 3])
    expect(valuesOf(await run('export const work = (x) => [x].map((y) => y + 1)', [1]))).toEqual([[2]])
  })

  test('X8 an intercepted promise does not get hold of the harness', async () => {
    const code = `const seen = []
      const then = Promise.prototype.then
      Promise.prototype.then = function (a, b) { seen.push('then'); return Reflect.apply(then, this, [(v) => { if (v && v.output) v.output = new Uint8Array(1); return a(v) }, b]) }
      Object.defineProperty(Promise.prototype, 'constructor', { get() { seen.push('constructor'); return class {} } })
      export const work = async (x) => 'GENUINE ' + x`
    expect(valuesOf(await run(code, [1, 2]))).toEqual(['GENUINE 1', 'GENUINE 2'])
  })

  test('X8 stack frames give no function or object of the harness', async () => {
    const code = `Error.stackTraceLimit = 50
      Error.prepareStackTrace = (error, sites) => sites.map((site) => [site.getFunction() === undefined, site.getThis() === undefined])
      export const work = () => [new Error().stack, (() => { try { return typeof work.caller } catch { return 'refused' } })()]`
    const [[sites, caller]] = valuesOf(await run(code)) as [[boolean[][], string]]
    expect(sites.flat()).not.toContain(false)
    expect(sites.length).toBeGreaterThan(1)
    expect(caller).toBe('refused')
  })
})
