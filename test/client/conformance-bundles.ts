/**
 * Bundles whose output must be the same bytes wherever they run. What engines may honestly differ in is not here: `**` on Numbers as
 * it stands, which the SDK rewrites, texts of the engines' own errors, and locale data.
 */
import { portablePowers } from '../../sdk/bundle/portable-powers.ts'
import { CONNECTED, TERMINATING } from './wasm-modules.ts'

export interface ConformanceBundle {
  readonly code: string
  readonly inputs: readonly unknown[]
  /** What each input gives where that is known for certain: equal answers may be equally wrong. */
  readonly values?: readonly unknown[]
  /** That every input fails in the same way. */
  readonly throws?: { readonly name: string; readonly message: string }
}

const work = (expression: string, inputs: readonly unknown[] = [0]): ConformanceBundle => ({
  code: `export const work = async (x, ctx) => (${expression})`,
  inputs,
})
const thrown = (statement: string, name: string, message: string): ConformanceBundle => ({
  code: `export const work = (x) => { ${statement} }`,
  inputs: [0, 1],
  throws: { name, message },
})
const failing = (code: string, name: string, message: string): ConformanceBundle => ({ code, inputs: [0, 1], throws: { name, message } })
const UNREADABLE = 'The code threw an object without a readable message.'

/** What Safari computes too: not a memory of 64 bits. */
const WASM_PARTS = Object.entries(TERMINATING).filter(([name]) => !name.startsWith('memories of 64 bits'))
const instantiated = (bytes: Uint8Array) => `new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from([${bytes.join(',')}])))`

/** `run(n) -> f64`: the sum of i + 1 / i for i from n down to 1. */
const LOOP_BODY = [
  ...[1, 1, 124, 3, 64, 32, 1, 32, 0, 183, 68, 0, 0, 0, 0, 0, 0, 240, 63, 32, 0, 183, 163, 160, 160, 33, 1],
  ...[32, 0, 65, 1, 107, 34, 0, 13, 0, 11, 32, 1, 11],
]
const WASM_LOOP = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 124, 3, 2, 1, 0, 7, 7, 1, 3, 114, 117, 110, 0, 0],
  ...[10, LOOP_BODY.length + 2, 1, LOOP_BODY.length, ...LOOP_BODY],
]

export const CONFORMANCE: Readonly<Record<string, ConformanceBundle>> = {
  'numbers come back as they are': {
    ...work('x', [0, -0, 1, -1, 2 ** 53 - 1, -(2 ** 53), 0.1, 1e308, 5e-324, Number.NaN, Infinity, -Infinity, 1.5e-7]),
    values: [0, -0, 1, -1, 2 ** 53 - 1, -(2 ** 53), 0.1, 1e308, 5e-324, Number.NaN, Infinity, -Infinity, 1.5e-7],
  },
  'arithmetic, roots and rounding': work(
    '[x + 0.2, x * 3.3, x / 7, x % 0.7, -x, Math.sqrt(Math.abs(x)), Math.fround(x), Math.trunc(x), Math.round(x), Math.imul(x, 0x9e3779b9), Math.clz32(x), Math.hypot(3, 4), Math.sign(x), Math.max(x, 0), Math.abs(x)]',
    [0.1, -2.5, 1e21, 123456789.123456, -0.5],
  ),
  'transcendental functions': work(
    `Array.from({ length: 400 }, (_, i) => (i - 200) * x).map((y) => [
      Math.sin(y), Math.cos(y), Math.tan(y), Math.asin(y), Math.acos(y), Math.atan(y), Math.sinh(y), Math.cosh(y), Math.tanh(y), Math.asinh(y), Math.acosh(y), Math.atanh(y),
      Math.exp(y), Math.expm1(y), Math.log(y), Math.log10(y), Math.log1p(y), Math.log2(y), Math.cbrt(y), Math.atan2(y, x), Math.pow(x, y), Math.pow(y, 7), Math.hypot(x, y, 1)])`,
    [0.0049, 0.1, 0.737, 3.6, 1e5],
  ),
  'powers as the SDK writes them': {
    code: portablePowers(
      'export const work = (x) => Array.from({ length: 300 }, (_, i) => { let y = x * i; y **= 0.3; return [y, (x * i - 7) ** 7, x ** i, 1.1 ** (i / 3), 3n ** BigInt(i)] })',
    ),
    inputs: [0.3, 1.7, 12.9],
  },
  'bits and shifts': work('[x | 0, x >>> 0, x << 5, x >> 3, ~x, x ^ 0x55555555, x & -x]', [1, -1, 4294967295, 2147483648, 1e15]),
  'texts of numbers': work(
    '[String(x), x.toString(2), x.toFixed(3), x.toExponential(5), x.toPrecision(6), Number(String(x)) === x]',
    [1, 0.1, -123.456, 1e21, 1e-7, 123456789],
  ),
  'sums of many doubles': work('Float64Array.from({ length: 10000 }, (_, i) => 1 / (i + 1)).reduce((a, b) => a + b, x)', [0, 1]),
  'exact mathematics': work(
    `[gcd(x, 360), lcm(x, 14n), powMod(x, 65537, 10n ** 30n), isPrime(x), nextPrime(x), factor(x), isqrt(x), iroot(x, 3), binomial(50, x % 50n), fibonacci(x % 300n), crt([1, 2], [3n, x * 3n + 1n]),
      primes(80, 100), new Rational(x, 6n), new Rational(x).over(7n).toNumber(), calculate('(2^61-1)/(3*2^2)')]`,
    [30030n, 10n ** 20n + 39n, 600851475143n * 1000003n],
  ),
  BigInt: {
    ...work('[x * x, x ** 9n, -x / 7n, x % 97n, x << 70n, x >> 5n, BigInt.asIntN(64, x), BigInt.asUintN(64, -x), x.toString(16)]', [
      123456789012345678901234567890n,
      -(2n ** 200n) + 1n,
      7n,
    ]),
  },
  'modular powers': {
    ...work(
      '(() => { let r = 1n, b = 3n; for (let e = x; e > 0n; e >>= 1n) { if (e & 1n) r = r * b % 1000000007n; b = b * b % 1000000007n } return r })()',
      [10n ** 30n, 1000000006n],
    ),
    values: [
      (() => {
        let r = 1n
        let b = 3n
        for (let e = 10n ** 30n; e > 0n; e >>= 1n) {
          if (e & 1n) r = (r * b) % 1000000007n
          b = (b * b) % 1000000007n
        }
        return r
      })(),
      1n,
    ],
  },
  'typed arrays of every kind': work(
    '[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array].map((T) => T.from([0, 1, -1, 127.5, 300, 1e10, NaN, -0])).concat([BigInt64Array.of(-1n, 2n ** 62n), BigUint64Array.of(1n, 2n ** 63n)])',
  ),
  'typed arrays sorted, sliced and filled': work(
    '[Float64Array.of(3, -0, 0, NaN, -1).sort(), Uint8Array.from(x).subarray(1, 3), Int16Array.from(x).fill(7, 1, 2), new DataView(Uint8Array.from([1, 2, 3, 4]).buffer).getUint32(0, true)].map((v) => v)',
    [[1, 2, 3, 4]],
  ),
  'NaN has one form': work('[Float64Array.of(NaN, -NaN, 0 / 0), new Float32Array(new Uint32Array([0x7fc00001, 0xffc12345]).buffer)]'),
  'bytes in, bytes out': {
    ...work('x.map((b) => b ^ 255)', [new Uint8Array([0, 1, 254, 255])]),
    values: [new Uint8Array([255, 254, 1, 0])],
  },
  texts: work(
    '[x.toUpperCase(), x.normalize("NFD"), [...x].reverse().join(""), x.split(/\\s+/), x.replace(/(.)\\1/g, "<$1>"), x.codePointAt(0), x.padStart(12, "ab"), encodeURIComponent(x), escape(x), x.isWellFormed()]',
    ['Straße  éé 🦀', 'ﬁ  ǅ', 'İstanbul ΑΣ', ''],
  ),
  'patterns of every flag': work(
    '[x.match(/(?<year>\\d{4})-(?<rest>.*)/u)?.groups?.rest ?? null, [...x.matchAll(/\\p{L}+/gu)].map((m) => m[0]), /^a.c$/s.test("a\\nc"), "aBc".replace(/b/i, (m) => m + m), /(?<=x)y/y.test("xy"), /[\\p{L}--[a-z]]/v.test("a")]',
    ['2024-02-29 später', 'none'],
  ),
  'Maps, Sets and nested values': {
    ...work('new Map([["a", new Set([x, 1n, "1"])], [x, { z: [undefined, null, true], a: new Map() }], [NaN, -0]])', [1, 'k']),
  },
  'objects keep what they hold': work('({ b: x, a: [x, , undefined].length, ["__proto__"]: 1, 10: "t", 2: "u", "": null })', ['v', 5n]),
  'sorting is stable': work('Array.from({ length: 2000 }, (_, i) => [i * 7919 % 13, i]).sort((a, b) => a[0] - b[0]).map((p) => p[1])'),
  JSON: work(
    '[JSON.stringify({ x, d: new Date(0), u: undefined, n: [NaN, -0, 1e21] }, null, 1), JSON.parse("[1,2.50,-0,1e3,\\"\\\\u00e9\\"]")]',
    [1, 'ü"\\\u2028'],
  ),
  'generators and iterators': work(
    '[...(function* () { for (let i = 0; i < x; i++) yield i * i })(), ...[1, 2, 3].values().map((v) => v * x).filter((v) => v % 2)]',
    [3, 5],
  ),
  'async order': work(
    '(async () => { const log = []; queueMicrotask(() => log.push("m")); Promise.resolve().then(() => log.push("p")); await ctx.tick(); log.push("t"); await null; log.push("n"); await new Promise((r) => queueMicrotask(r)); return log })()',
  ),
  'classes, private names and getters': {
    code: 'class A { #n = 1; static s = 5; get n() { return this.#n++ } static { A.t = A.s * 2 } }\nclass B extends A { n2 = super.n }\nexport function work(x) { const b = new B(); return [b.n, b.n2, B.s, A.t, b instanceof A, x] }',
    inputs: [1, 2],
    values: [
      [2, 1, 5, 10, true, 1],
      [2, 1, 5, 10, true, 2],
    ],
  },
  'chance comes from the seed': work(
    '[Math.random(), Math.random(), ctx.random(), [...crypto.getRandomValues(new Uint8Array(20))], crypto.randomUUID(), crypto.getRandomValues(new Uint32Array(3))]',
    [0, 1, 2],
  ),
  'the clock stands at the creation of the job': work(
    '[Date.now(), new Date().toISOString(), Date(), typeof performance, new Date(2024, 0, 31, 12).getTime(), new Date().getTimezoneOffset()]',
  ),
  'dates in UTC and en-US': work(
    '(() => { const d = new Date(x); return [d.toString(), d.toUTCString(), d.toISOString(), d.toDateString(), d.getDay(), d.getHours(), new Date(d.setMonth(13)).toJSON(), d.toLocaleDateString(), d.toLocaleTimeString().replace(/\\s/g, " "), Date.parse("2024-03-10"), Date.parse("2024-03-10T10:00"), Date.UTC(99, 1)] })()',
    [0, 1709210096789, -62135596800000],
  ),
  'Intl has one locale': work(
    '[(1234567.891).toLocaleString(), new Intl.NumberFormat("de", { style: "currency", currency: "EUR" }).format(x).replace(/\\s/g, " "), ["ä", "a", "z"].sort(new Intl.Collator("sv").compare), new Intl.PluralRules("en", { type: "ordinal" }).select(x), new Intl.DateTimeFormat().resolvedOptions().timeZone, new Intl.NumberFormat().resolvedOptions().locale]',
    [1, 2, 1234.5],
  ),
  'text to bytes and back': work(
    '[new TextEncoder().encode(x), new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x41, 0xff, 0xe2, 0x82])), btoa("dsage\\xff"), atob("ZHNhZ2U="), new TextEncoder().encodeInto(x, new Uint8Array(5))]',
    ['é🦀x', ''],
  ),
  'refusals of the shims': work(
    '[() => atob("!"), () => btoa("\\u0100"), () => structuredClone(() => 1), () => structuredClone(Symbol()), () => crypto.getRandomValues(new Uint8Array(65537)), () => new TextDecoder("latin1"), () => new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([255]))].map((f) => { try { return f() } catch (error) { return [error.name, error.message] } })',
  ),
  'structured clones': work(
    '(() => { const a = { m: new Map([[1, new Set([2])]]), d: new Date(5), r: /x/gi, b: new Uint8Array([1, 2]), n: 5n }; a.self = a; const c = structuredClone(a); return [c.self === c, c !== a, [...c.m.get(1)], c.d.getTime(), String(c.r), c.b, c.n] })()',
  ),
  'text cannot become code': work(
    '[() => Function("return 1"), () => new Function("return 1"), () => (async () => {}).constructor("return 1"), () => (function* () {}).constructor("1"), () => Reflect.construct((() => {}).constructor, ["1"])].map((f) => { try { f(); return "ran" } catch (error) { return [error.name, error.message] } }).concat([typeof eval, typeof fetch, typeof setTimeout, typeof Worker, typeof navigator, typeof postMessage, String(globalThis), Object.prototype.toString.call(globalThis), TextEncoder.name, atob.name])',
  ),
  'WebAssembly computes': {
    ...work(
      '(() => { const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from([' +
        WASM_LOOP.join(',') +
        ']))); return exports.run(x) })()',
      [1, 10, 100000],
    ),
  },
  ...Object.fromEntries(
    WASM_PARTS.map(([name, { bytes }]) => [`WebAssembly: ${name}`, work(`${instantiated(bytes)}.exports.f(x)`, [1, 7, 100_000])]),
  ),
  'WebAssembly is connected with what surrounds it': {
    code: `const module = new WebAssembly.Module(Uint8Array.from([${CONNECTED.bytes.join(',')}]))
      export const work = (from) => {
        const heard = []
        const g = new WebAssembly.Global({ value: 'i32', mutable: true }, from)
        const t = new WebAssembly.Table({ element: 'anyfunc', initial: 4 })
        const connected = (f) => new WebAssembly.Instance(module, { in: { f, g, t } }).exports
        const exports = connected((value) => heard.push(value))
        const sum = t.get(2)(1000)
        let refused
        try { connected(() => { throw new RangeError('at start') }) } catch (error) { refused = [error.name, error.message] }
        return [
          heard, g.value, sum, exports.h.value, exports.a === t.get(1), exports.u.length, exports.u.get(0), new Uint8Array(exports.m.buffer, 0, 8),
          Object.keys(exports), Object.isFrozen(exports), Object.getPrototypeOf(exports), refused,
          WebAssembly.Module.exports(module).map(({ name, kind }) => [name, kind]),
          WebAssembly.Module.imports(module).map(({ module, name, kind }) => [module, name, kind]),
        ]
      }`,
    inputs: [3, 20],
  },
  'WebAssembly refuses what is too large': work(
    '[() => new WebAssembly.Memory({ initial: 65536 }), () => new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }), () => new WebAssembly.Module("text")].map((f) => { try { f(); return "made" } catch (error) { return [error.name, error.message] } })',
  ),
  'a memory grows to its limit': work(
    '(() => { const m = new WebAssembly.Memory({ initial: 1 }); let n = 1; try { for (;;) { m.grow(64); n += 64 } } catch { return n } })()',
  ),
  'large outputs': work('x === 0 ? new Uint8Array(1000000).map((_, i) => i * 31) : Array.from({ length: 20000 }, (_, i) => i)', [0]),
  'large texts': work('"ü".repeat(x)', [100000]),
  'several exports': {
    code: 'const twice = (x) => x * 2\nexport default 5\nexport { twice as work }\nexport const other = 1',
    inputs: [21],
    values: [42],
  },
  'top-level await': { code: 'const one = await Promise.resolve(1)\nexport const work = (x) => x + one', inputs: [1], values: [2] },
  'chance at the top level': { code: 'const r = [Math.random(), Date.now()]\nexport const work = () => r', inputs: [0] },
  'work throws an Error': thrown('throw new RangeError("too " + x)', 'RangeError', ''),
  'work throws an error of its own': thrown('class Odd extends Error { name = "Odd" } throw new Odd("7")', 'Odd', '7'),
  'work throws a number': thrown('throw 42', 'Error', '42'),
  'work throws nothing': thrown('throw undefined', 'Error', 'undefined'),
  'work throws a symbol': thrown('throw Symbol("s")', 'Error', 'Symbol(s)'),
  'work throws an object': thrown('throw { name: "N", message: "M" }', 'N', 'M'),
  'work throws what cannot be read': thrown('throw { get name() { throw 1 }, get message() { throw 2 } }', 'Error', UNREADABLE),
  'work rejects': thrown('return Promise.reject(new TypeError("later"))', 'TypeError', 'later'),
  'work throws a long text': thrown('throw new Error("é".repeat(5000))', 'Error', 'é'.repeat(2000)),
  'work throws half a character': thrown('throw new Error("\\ud83e")', 'Error', '\ufffd'),
  'no work': failing('export const other = 1', 'TypeError', 'The bundle exports no function `work`.'),
  'work that is no function': failing('export const work = 5', 'TypeError', 'The bundle exports no function `work`.'),
  'no module at all': failing('export const work = (x) => {', 'SyntaxError', 'The bundle does not parse as an ES module.'),
  'an early error': failing('let a; let a; export const work = (x) => x', 'SyntaxError', 'The bundle does not parse as an ES module.'),
  'sloppy mode': failing('with (Math) {} export const work = (x) => x', 'SyntaxError', 'The bundle does not parse as an ES module.'),
  'an import of a file': failing(
    'import x from "./other.js"; export const work = () => x',
    'TypeError',
    'The bundle imports other modules; it must hold all of its code.',
  ),
  'an import of a package': failing(
    'import x from "lodash"; export const work = () => x',
    'TypeError',
    'The bundle imports other modules; it must hold all of its code.',
  ),
  'an import from the network': failing(
    'import "http://127.0.0.1:9/x.js"; export const work = () => 1',
    'TypeError',
    'The bundle imports other modules; it must hold all of its code.',
  ),
  'an import of data': failing(
    'import x from "data:text/javascript,export default 1"; export const work = () => x',
    'TypeError',
    'The bundle imports other modules; it must hold all of its code.',
  ),
  'a dynamic import': {
    code: 'export const work = async (from) => { try { await import(from); return "loaded" } catch (error) { return [error.name, error.message] } }',
    inputs: ['data:text/javascript,export default 1', 'http://127.0.0.1:9/', './other.js', 'blob:null/1', ''],
    values: Array(5).fill(['TypeError', 'The bundle imports other modules; it must hold all of its code.']),
  },
  'an export from elsewhere': failing(
    'export { work } from "./other.js"',
    'TypeError',
    'The bundle imports other modules; it must hold all of its code.',
  ),
  'a throw at the top': failing('throw new TypeError("top")\nexport const work = () => 1', 'TypeError', 'top'),
  'a SyntaxError thrown at the top': failing(
    'throw new SyntaxError("not really")\nexport const work = () => 1',
    'SyntaxError',
    'not really',
  ),
  'a text thrown at the top': failing('throw "top"\nexport const work = () => 1', 'Error', 'top'),
  'an object thrown at the top': failing('throw { message: "top" }\nexport const work = () => 1', 'Error', 'top'),
  'an error of its own at the top': failing(
    'class Odd extends Error { name = "Odd" }\nthrow new Odd("top")\nexport const work = () => 1',
    'Odd',
    'top',
  ),
  'a rejection at the top': failing('await Promise.reject(new RangeError("top"))\nexport const work = () => 1', 'RangeError', 'top'),
}
