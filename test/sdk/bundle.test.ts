import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { BundleError, bundleDigest, bundleExpression, bundleFunction } from '../../sdk/bundle.ts'
import { SANDBOX_GLOBALS } from '../../sdk/sandbox-globals.ts'

type AnyFunction = (...inputs: never[]) => unknown

/** The module itself, run as a volunteer runs it: by import of its text. */
async function load(text: string): Promise<(...inputs: unknown[]) => unknown> {
  const module = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`)) as {
    work(...inputs: unknown[]): unknown
  }
  return module.work
}
const run = async (work: AnyFunction, ...inputs: unknown[]) => (await load(bundleFunction(work)))(...inputs)
const evaluate = async (source: string) => (await load(bundleExpression(source)))()

/** A function whose source is exactly `source`: no transformation by the test runner. */
const compile = (source: string): AnyFunction => new Function(`return (${source})`)() as AnyFunction
const method = (source: string): AnyFunction => Object.values(new Function(`return ({ ${source} })`)() as Record<string, AnyFunction>)[0]!

function refusal(make: () => unknown): BundleError {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(BundleError)
    return error as BundleError
  }
  throw new Error('Expected a BundleError, got none.')
}
const free = (source: string) => refusal(() => bundleFunction(compile(source)))

describe('free variables', () => {
  it('W6 names a variable of the code around the function and says what to do', () => {
    const table = [1, 2, 3]
    const error = refusal(() => bundleFunction((i: number) => table[i]))
    expect(error).toMatchObject({ name: 'BundleError', code: 'free-variable', variables: ['table'] })
    expect(error.message).toContain('`table`')
    expect(error.message).toContain('declare it inside')
  })

  it.each([
    ['several, in order of use', '(x) => b(x) + a + b(1)', ['b', 'a']],
    ['an assignment', '(x) => { count = x; return count }', ['count']],
    ['an update', '() => ++count', ['count']],
    ['a destructuring assignment', '(p) => { [first, { second }] = p }', ['first', 'second']],
    ['a shorthand property', '(x) => ({ x, y })', ['y']],
    ['a computed key', '(x) => ({ [y]: x })', ['y']],
    ['a default value', '(x = start) => x', ['start']],
    ['typeof', '() => typeof helper', ['helper']],
    ['a tagged template', '() => tag`a`', ['tag']],
    ['a variable of another block', '(x) => { { let y = x } return y }', ['y']],
    ['a variable of a for head', '(x) => { for (let i = 0; i < x; i++); return i }', ['i']],
    ['a catch parameter outside its clause', '() => { try { } catch (e) { } return e }', ['e']],
    ['a variable of an inner function', '() => { function f() { var y = 1 } return y }', ['y']],
    ['the name of an inner function expression', '() => { const g = function f() {}; return f }', ['f']],
    ['the name of an inner class expression', '() => { const A = class B { }; return B }', ['B']],
    ['a variable of a static block', '() => { class A { static { let y = 1 } } return y }', ['y']],
    ['a superclass', '() => class extends Base {}', ['Base']],
    ['a class field', '() => class { x = y }', ['y']],
    ['this of an arrow', '(x) => this.factor * x', ['this']],
    ['this in a nested arrow', '() => () => this', ['this']],
    ['arguments of an arrow', '() => { const f = () => arguments[0]; return f() }', ['arguments']],
    ['names of Object.prototype', '() => [toString, constructor, hasOwnProperty]', ['toString', 'constructor', 'hasOwnProperty']],
  ])('W6 refuses %s', (_title, source, variables) => {
    // Compiled in a function with its own `this` and `arguments`, so that arrows have them.
    expect(free(source)).toMatchObject({ code: 'free-variable', variables })
  })

  it('W6 says of this, arguments and super whose they would be', () => {
    expect(free('() => this.a').message).toBe(
      '`this` would be that of the code around it, which is not sent: pass what you need of it in the inputs.',
    )
  })

  it('W6 refuses super in a method that leaves its object', () => {
    expect(refusal(() => bundleExpression('({ m() { return function () { return super.x } } }).m()')).variables).toEqual(['super'])
    expect(refusal(() => bundleFunction(method('f(x) { return super.toString() + x }')))).toMatchObject({ variables: ['super'] })
  })

  it.each([
    ['fetch', 'network'],
    ['setTimeout', 'ctx.tick'],
    ['process', 'Node'],
    ['require', 'Node'],
    ['document', 'page'],
    ['eval', 'compiled'],
    ['SharedArrayBuffer', 'threads'],
    ['Temporal', 'clock'],
  ])('W6 refuses %s, which the sandbox does not have, with the reason', (name, reason) => {
    const error = free(`() => ${name}('x')`)
    expect(error.variables).toEqual([name])
    expect(error.message).toContain(reason)
    expect(error.message).not.toContain('from outside itself')
  })

  it('W6 tells how a function calls itself when its own name is what is missing', () => {
    const error = refusal(() =>
      bundleFunction(new Function('const fact = (n) => n < 2 ? 1 : n * fact(n - 1); return fact')() as AnyFunction),
    )
    expect(error.variables).toEqual(['fact'])
    expect(error.message).toContain('`function fact(')
  })

  it('W6 allows every global of the sandbox and none besides', () => {
    const source = `() => [${SANDBOX_GLOBALS.join(', ')}]`
    expect(() => bundleFunction(compile(source))).not.toThrow()
    expect(new Set(SANDBOX_GLOBALS).size).toBe(SANDBOX_GLOBALS.length)
    for (const name of SANDBOX_GLOBALS) {
      const others = SANDBOX_GLOBALS.filter((other) => other !== name)
      expect(refusal(() => bundleFunction(compile(source), others)).variables).toEqual([name])
    }
  })

  it('W6 takes another list of globals', () => {
    expect(bundleFunction(compile('(n) => gcd(n, 6n)'), [...SANDBOX_GLOBALS, 'gcd'])).toContain('gcd')
    expect(bundleExpression('gcd(4n, 6n)', ['gcd'])).toContain('gcd')
  })

  it('W6 refuses what an expression uses and does not declare', () => {
    expect(refusal(() => bundleExpression('x'))).toMatchObject({ code: 'free-variable', variables: ['x'] })
    expect(refusal(() => bundleExpression('[1, 2].map((n) => n * k + this.z)'))).toMatchObject({ variables: ['k', 'this'] })
  })

  it.each(['() => import("node:fs")', 'async () => (await import("./table.js")).default'])('W6 refuses dynamic import: %s', (source) => {
    const error = refusal(() => bundleFunction(compile(source)))
    expect(error).toMatchObject({ code: 'import', variables: [] })
    expect(error.message).toContain('loads nothing')
  })

  it('W6 refuses import() and import.meta in expressions', () => {
    expect(refusal(() => bundleExpression('import("x")')).code).toBe('import')
    expect(refusal(() => bundleExpression('import.meta.url')).code).toBe('import')
  })
})

describe('notation', () => {
  const sentence = '`^` is XOR in JavaScript: write `2n ** 360n - 1n`, or use d.math'

  it.each([
    ['2^360-1', 2],
    ['(11^150)+1', 4],
    ['2 ^ -3', 3],
    ['3*2^5', 4],
    ['2n^360n', 3],
    ['(2)^(3)', 4],
    ['1.5^2', 4],
    ['[1].map(() => 2^10)', 16],
  ])('W7 refuses %s with the sentence and the place', (source, column) => {
    const error = refusal(() => bundleExpression(source))
    expect(error).toMatchObject({ code: 'notation', line: 1, column })
    expect(error.message).toContain(sentence)
  })

  it('W7 leaves XOR of other things alone', async () => {
    expect(await evaluate('[5].map((x) => x ^ 3)[0]')).toBe(6)
    expect(await evaluate('"2^360-1".length')).toBe(7)
    expect(await run(compile('(x) => (2 ^ 3) + x'), 1)).toBe(2)
  })

  it.each([
    ['2+2', 4],
    ['2n ** 360n - 1n', 2n ** 360n - 1n],
    ['{ a: 1 }', { a: 1 }],
    ['1, 2', 2],
    ['2 + 2 ; // four', 4],
    ['// first\n2 + // second\n2', 4],
    ['(1 + 2)', 3],
    ['(() => { const y = 2; return y * y })()', 4],
    ['await Promise.resolve(7)', 7],
    ['undefined', undefined],
    ['String.raw`a`', 'a'],
    ['/[)]/.test(")")', true],
  ])('W7 gives the value of %s', async (source, value) => {
    expect(await evaluate(source)).toEqual(value)
  })

  it.each([
    ['2 +', 1, 4],
    ['', 1, 1],
    ['1 +\n* 2', 2, 1],
    ['let x = 1', 1, 1],
    ['1; 2', 1, 4],
    ['1) + (2', 1, 2],
    ['1\n) ; steal(', 2, 1],
    ['(1', 1, 3],
    ['1 @', 1, 3],
    ['010', 1, 1],
    ['return 1', 1, 1],
  ])('W7 refuses %j as a syntax error at line %i, column %i', (source, line, column) => {
    const error = refusal(() => bundleExpression(source))
    expect(error).toMatchObject({ code: 'syntax', line, column })
    expect(error.message).toContain(`line ${line}, column ${column}`)
  })

  it.each([
    ['a long sum', Array(50_000).fill('1').join('+')],
    ['many brackets', `${'('.repeat(50_000)}1${')'.repeat(50_000)}`],
  ])('W7 refuses %s with a BundleError and not a stack overflow', (_title, source) => {
    expect(refusal(() => bundleExpression(source)).code).toBe('syntax')
  })

  it('W7 refuses what is not text', () => {
    expect(refusal(() => bundleExpression(4 as unknown as string)).code).toBe('shape')
  })
})

describe('shapes', () => {
  it.each([
    ['an arrow', '(n) => n * n', [5], 25],
    ['an arrow that returns an object', '(n) => ({ n })', [5], { n: 5 }],
    ['an arrow without parentheses', 'n => n + 1', [5], 6],
    ['an async arrow', 'async (n) => { await null; return n }', [5], 5],
    ['a function expression', 'function (a, b) { return a + b }', [1, 2], 3],
    ['a named one that calls itself', 'function fact(n) { return n < 2n ? 1n : n * fact(n - 1n) }', [20n], 2432902008176640000n],
    ['an async function', 'async function f(n) { return n }', [5], 5],
    ['default parameters', '(a, b = a * 2, { c = b } = {}) => [a, b, c]', [1], [1, 2, 2]],
    ['destructuring', '([a, ...b], { c: { d }, ...e }) => [a, b, d, e]', [[1, 2, 3], { c: { d: 4 }, f: 5 }], [1, [2, 3], 4, { f: 5 }]],
    ['this', 'function () { return this === undefined && function () { return this.n }.call({ n: 1 }) }', [], 1],
    ['arguments', 'function () { return arguments.length + (() => arguments[1])() }', [1, 2], 4],
    ['a property called arguments', '(x) => ({ arguments: x }).arguments', [5], 5],
    ['labels', '(n) => { outer: for (let i = 0; ; i++) { for (;;) { if (i > n) break outer; continue outer } } return n }', [3], 3],
    ['catch parameters', '() => { try { null.x } catch ({ name }) { return name } }', [], 'TypeError'],
    ['a catch without parameter', '() => { try { null.x } catch { return 1 } }', [], 1],
    ['var in a block', '(n) => { if (n) { var y = n } return y }', [5], 5],
    ['hoisting', '(n) => { return f(n) + g; function f(x) { return x } var g = 1 }', [5], NaN],
    [
      'for of and for in',
      '(o) => { let s = ""; for (const [k, v] of Object.entries(o)) s += k + v; for (const k in o) s += k; return s }',
      [{ a: 1 }],
      'a1a',
    ],
    ['switch', '(n) => { switch (n) { case 1: let y = 2; return y; default: return 0 } }', [1], 2],
    ['an inner generator', '(n) => [...(function* () { yield n })()]', [5], [5]],
    ['a comma in an arrow', '(n) => (n, n + 1)', [1], 2],
    ['optional chaining', '(o) => o?.a?.[0] ?? "none"', [{}], 'none'],
    ['new.target', 'function () { return new.target === undefined }', [], true],
    ['a regular expression', '(s) => /^a(?<rest>.*)$/u.exec(s).groups.rest', ['abc'], 'bc'],
    ['comments', '(n /* input */) => { // all\n return n /* out */ }', [5], 5],
  ])('W8 runs %s', async (_title, source, inputs, value) => {
    expect(await run(compile(source), ...inputs)).toEqual(value)
  })

  it('W8 runs class bodies: fields, private names, accessors, static blocks, super, names of class expressions', async () => {
    const source = `(n) => {
      class Base { constructor(x) { this.x = x } twice() { return 2 * this.x } get arguments() { return 1 } }
      const Sub = class Inner extends Base {
        #secret = this.x + 1
        static made = 0
        static { const start = 10; this.made = start }
        static make(x) { Inner.made += 1; return new Inner(x) }
        twice() { const f = () => super.twice() + this.#secret; return f() }
      }
      return [Sub.make(n).twice(), Sub.made, new Base(n).arguments]
    }`
    expect(await run(compile(source), 3)).toEqual([10, 11, 1])
  })

  it.each([
    ['a method', 'f(x) { return x + 1 }'],
    ['an async method', 'async f(x) { return x + 1 }'],
    ['a method with a computed name', '["a" + "b"](x) { return x + 1 }'],
    ['a method with a text as name', '"a b"(x) { return x + 1 }'],
    ['a method called async', 'async(x) { return x + 1 }'],
    ['a method called get', 'get(x) { return x + 1 }'],
    ['a method called delete', 'delete(x) { return x + 1 }'],
    ['a method called function', 'function(x) { return x + 1 }'],
  ])('W8 runs %s', async (_title, source) => {
    expect(await run(method(source), 1)).toBe(2)
  })

  it('W8 runs methods of classes', async () => {
    const made = new Function('return class { f(x) { return x + 1 } static async g(x) { return x + 2 } }')() as {
      g: AnyFunction
      prototype: { f: AnyFunction }
    }
    expect(await run(made.prototype.f, 1)).toBe(2)
    expect(await run(made.g, 1)).toBe(3)
  })

  it('W8 runs functions whose types were stripped', async () => {
    const typed = async (values: readonly number[], scale = 2 as number): Promise<number[]> => {
      const times = <Value extends number>(value: Value): number => value! * scale
      return values.map((value): number => times(value))
    }
    expect(await run(typed as AnyFunction, [1, 2])).toEqual([2, 4])
  })

  it('W8 runs functions in which a loader names inner functions by __name', async () => {
    const work = compile('(n) => { const f = __name((x) => x * 2, "f"); return f(n) }')
    expect(await run(work, 4)).toBe(8)
    expect(bundleFunction(compile('(n) => n'))).toBe('export const work = ((n) => n)\n')
  })

  it.each([
    ['a generator', compile('function* () { yield 1 }'), 'generator'],
    ['an async generator method', method('async *f() { yield 1 }'), 'generator'],
    ['a class', compile('class A {}'), 'class'],
    ['a native function', Math.sqrt as AnyFunction, 'native'],
    ['a bound function', compile('function () {}').bind(null) as AnyFunction, 'bound'],
    ['a proxy', new Proxy(compile('() => 1'), {}), 'native'],
    ['a getter', Object.getOwnPropertyDescriptor(new Function('return { get f() { return 1 } }')(), 'f')!.get as AnyFunction, 'getter'],
    ['a text', '() => 1' as unknown as AnyFunction, 'string'],
    ['null', null as unknown as AnyFunction, 'null'],
  ])('W8 refuses %s', (_title, work, word) => {
    const error = refusal(() => bundleFunction(work))
    expect(error.code).toBe('shape')
    expect(error.message).toContain(word)
  })

  it('W8 refuses what only runs outside modules, with its place', () => {
    const error = refusal(() => bundleFunction(compile('function (o) {\n  with (o) { return a } }')))
    expect(error).toMatchObject({ code: 'syntax', line: 2, column: 3 })
    expect(refusal(() => bundleFunction(method('f(a) {\n  return 010 }')))).toMatchObject({ code: 'syntax', line: 2, column: 10 })
  })

  it('W8 reads the source itself and not a toString of the function', () => {
    const work = Object.assign(compile('(n) => n'), { toString: () => '(n) => evil' })
    expect(bundleFunction(work)).toBe('export const work = ((n) => n)\n')
  })

  it('W8 addresses a bundle by the SHA-256 of its UTF-8 bytes', async () => {
    const text = 'export const work = () => "é😀"\n'
    expect(await bundleDigest(text)).toBe(createHash('sha256').update(text, 'utf8').digest('hex'))
  })
})
