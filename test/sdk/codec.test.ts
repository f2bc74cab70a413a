import { isDeepStrictEqual } from 'node:util'
import { createContext, runInContext } from 'node:vm'
import { buildSync } from 'esbuild'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodecError, decode, decodeOutputs, eachOutput, encode, encodeOutputs, inspectOutputs, type OutputItem } from '../../sdk/codec.ts'
import { Rational } from '../../sdk/math.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))

function refusal(make: () => unknown): CodecError {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError)
    return error as CodecError
  }
  throw new Error('Expected a CodecError, got none.')
}
const nested = (levels: number): unknown => {
  let value: unknown = 0
  for (let i = 0; i < levels; i++) value = [value]
  return value
}

const date = fc.date({ noInvalidDate: true })
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom('__proto__', 'constructor', '\u{ffff}', '\u{10000}', ''))
const number = fc.oneof(
  fc.double(),
  fc.maxSafeInteger(),
  fc.integer(),
  fc.float(),
  fc.constantFrom(-0, 2 ** 53, -(2 ** 53), 65504, 2 ** -24, 2 ** -25),
)
const typedArray = fc.oneof(
  fc.uint8Array(),
  fc.uint8ClampedArray(),
  fc.int8Array(),
  fc.uint16Array(),
  fc.int16Array(),
  fc.uint32Array(),
  fc.int32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
)
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => {
  const unique = { selector: (key: unknown) => hex(encode(key)), maxLength: 5 }
  const entries = fc.uniqueArray(fc.tuple(tie('value'), tie('value')), { ...unique, selector: ([key]) => hex(encode(key)) })
  const properties = fc.array(fc.tuple(text, tie('value')), { maxLength: 5 })
  const rational = fc.tuple(fc.bigInt(), fc.bigInt({ min: 1n })).map(([top, bottom]) => new Rational(top, bottom))
  const leaf = fc.oneof(rational, fc.constantFrom(undefined, null, true, false), number, fc.bigInt(), text, date, typedArray)
  return {
    value: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('value'), { maxLength: 5 }),
      properties.map((list) => Object.fromEntries(list)),
      entries.map((list) => new Map(list)),
      fc.uniqueArray(tie('value'), unique).map((list) => new Set(list)),
    ),
  }
})

describe('round trip', () => {
  it('W1 decode(encode(x)) deep-equals x and encode(decode(b)) are the bytes b', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encode(value)
        const back = decode(bytes)
        if (!isDeepStrictEqual(back, value)) throw new Error(`${hex(bytes)} came back as another value`)
        expect(hex(encode(back))).toBe(hex(bytes))
      }),
      { numRuns: 500 },
    )
  })

  it.each<[string, unknown, string]>([
    ['0', 0, '00'],
    ['23', 23, '17'],
    ['24', 24, '1818'],
    ['256', 256, '190100'],
    ['65536', 65536, '1a00010000'],
    ['2^32', 2 ** 32, '1b0000000100000000'],
    ['2^53 - 1', 2 ** 53 - 1, '1b001fffffffffffff'],
    ['-1', -1, '20'],
    ['-(2^53 - 1)', -(2 ** 53 - 1), '3b001ffffffffffffe'],
    ['2^53', 2 ** 53, 'fa5a000000'],
    ['-0', -0, 'f98000'],
    ['1.5', 1.5, 'f93e00'],
    ['the smallest half', 2 ** -24, 'f90001'],
    ['half of it', 2 ** -25, 'fa33000000'],
    ['the greatest subnormal half', 1023 * 2 ** -24, 'f903ff'],
    ['65536.5', 65536.5, 'fa47800040'],
    ['the smallest single', 2 ** -149, 'fa00000001'],
    ['the smallest double', 5e-324, 'fb0000000000000001'],
    ['0.1', 0.1, 'fb3fb999999999999a'],
    ['1e300', 1e300, 'fb7e37e43c8800759c'],
    ['NaN', NaN, 'f97e00'],
    ['Infinity', Infinity, 'f97c00'],
    ['-Infinity', -Infinity, 'f9fc00'],
    ['0n', 0n, 'c240'],
    ['5n', 5n, 'c24105'],
    ['-1n', -1n, 'c340'],
    ['-257n', -257n, 'c3420100'],
    ['2n ** 64n', 2n ** 64n, 'c249010000000000000000'],
    ['undefined', undefined, 'f7'],
    ['null', null, 'f6'],
    ['true', true, 'f5'],
    ['false', false, 'f4'],
    ['text', 'aé€😀', '6a61c3a9e282acf09f9880'],
    ['a Uint8Array', new Uint8Array([1, 2]), '420102'],
    ['an Int8Array', new Int8Array([-1]), 'd84841ff'],
    ['a Uint16Array', new Uint16Array([1]), 'd845420100'],
    ['a Float64Array', new Float64Array([1]), 'd85648000000000000f03f'],
    ['a Date', new Date(1500), 'c1f93e00'],
    ['a Date of a whole second', new Date(-1000), 'c120'],
    ['an array', [1, [2]], '82018102'],
    ['an object, sorted', { bb: 1, a: 2, c: 3 }, 'a3616102616303626262 01'.replace(' ', '')],
    [
      'a Map, sorted',
      new Map<unknown, unknown>([
        ['a', 1],
        [-1, 2],
        [1, 3],
      ]),
      'd90103a3010320026161 01'.replace(' ', ''),
    ],
    ['a Set, sorted', new Set([3, 1, 2]), 'd9010283010203'],
  ])('W1 writes %s as RFC 8949 and the registered tags say', (_title, value, expected) => {
    expect(hex(encode(value))).toBe(expected)
    expect(isDeepStrictEqual(decode(bytesOf(expected)), value)).toBe(true)
  })

  it('W1 does not depend on the order in which an object, Map or Set was filled', () => {
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 40 }), fc.infiniteStream(fc.nat()), (keys, random) => {
        const ranked = keys.map((key) => ({ key, rank: random.next().value as number }))
        const shuffled = ranked.sort((a, b) => a.rank - b.rank).map(({ key }) => key)
        const made = (list: string[]) => [
          Object.fromEntries(list.map((key) => [key, key])),
          new Map(list.map((key) => [key, key])),
          new Set(list),
        ]
        expect(hex(encode(made(shuffled)))).toBe(hex(encode(made(keys))))
        // The order of the RFC: that of the encoded keys' bytes.
        const order = Object.keys(Object.fromEntries((decode(encode(new Set(keys))) as Set<string>).entries()))
        expect(order).toHaveLength(keys.length)
        const encoded = [...(decode(encode(new Set(keys))) as Set<string>)].map((key) => hex(encode(key)))
        expect(encoded).toEqual([...encoded].sort())
      }),
    )
  })

  it('W1 sorts keys by their bytes and not by their UTF-16 units', () => {
    const value = { '\u{10000}': 1, '\uffffa': 2 }
    expect(hex(encode(value))).toBe('a264efbfbf610264f090808001')
    expect(decode(encode(value))).toEqual(value)
  })

  it('W1 keeps the millisecond of every Date', () => {
    // Between 2^42 s and 2^52 ms the product seconds * 1000 is rounded to halves.
    const far = fc.oneof(
      fc.integer({ min: 4_398_046_511_104_000, max: 4_503_599_627_370_496 }),
      fc.integer({ min: -8.64e15, max: 8.64e15 }),
    )
    fc.assert(
      fc.property(far, (time) => {
        expect((decode(encode(new Date(time))) as Date).getTime()).toBe(time)
      }),
      { numRuns: 2000 },
    )
  })

  it('W1 carries long texts, big BigInts and many entries', () => {
    const long = 'añ€😀'.repeat(5000)
    const values = [long, `x${long}`, 'a'.repeat(100_000), 2n ** 100_000n - 3n, -(7n ** 9999n)]
    for (const value of values) expect(decode(encode(value)) === value).toBe(true)
    expect(encode(long)).toHaveLength(Buffer.byteLength(long) + 3)
    const map = new Map(Array.from({ length: 5000 }, (_, i) => [(i * 7919) % 5000, { i }]))
    expect(decode(encode(map))).toEqual(map)
  })

  it('W1 writes one NaN in typed arrays, whatever bits they hold', () => {
    const doubles = new Float64Array(
      new BigUint64Array([0xfff8000000000000n, 0x7ff0000000000001n, 0x7ff0000000000000n, 0x7fffffffffffffffn]).buffer,
    )
    expect(hex(encode(doubles))).toBe(hex(encode(new Float64Array([NaN, NaN, Infinity, NaN]))))
    expect(hex(encode(doubles)).slice(-64)).toBe('000000000000f87f000000000000f87f000000000000f07f000000000000f87f')
    const singles = new Float32Array(new Uint32Array([0xffc00000, 0x7f800001, 0xff800000, 0x7f7fffff]).buffer)
    expect(hex(encode(singles)).slice(-32)).toBe('0000c07f0000c07f000080ffffff7f7f')
  })

  it('W1 carries halves where the engine has them', () => {
    const Float16 = (globalThis as unknown as { Float16Array: new (values: number[]) => object }).Float16Array
    const bytes = encode(new Float16([1.5, NaN]))
    expect(hex(bytes)).toBe('d85444003e007e')
    expect(decode(bytes)).toEqual(new Float16([1.5, NaN]))
  })

  it('W1 carries a Buffer and a part of an array as bytes, and copies them', () => {
    const whole = new Uint8Array([1, 2, 3, 4])
    expect(decode(encode(Buffer.from([1, 2])))).toEqual(new Uint8Array([1, 2]))
    const bytes = encode([whole.subarray(1, 3), new Uint16Array(whole.buffer, 2, 1)])
    const back = decode(Buffer.from(bytes)) as [Uint8Array, Uint16Array]
    bytes.fill(0)
    whole.fill(0)
    expect(back).toEqual([new Uint8Array([2, 3]), new Uint16Array([0x0403])])
    expect(back[0].buffer.byteLength).toBe(2)
  })

  it('W1 carries __proto__ as a key and pollutes nothing', () => {
    const value = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": 1}}') as object
    const back = decode(encode(value)) as object
    expect(Object.keys(back).sort()).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(hex(encode(back))).toBe(hex(encode(value)))
  })

  it('W1 carries 256 levels, shared parts and objects without prototype', () => {
    expect(decode(encode(nested(256)))).toEqual(nested(256))
    const shared = { a: 1 }
    expect(decode(encode([shared, shared]))).toEqual([{ a: 1 }, { a: 1 }])
    expect(decode(encode(Object.assign(Object.create(null), { a: 1 })))).toEqual({ a: 1 })
  })
})

describe('another realm', () => {
  // The codec as a job's realm has it: a bare context without TextEncoder, and nothing of this one.
  const code = buildSync({ entryPoints: ['sdk/codec.ts'], bundle: true, write: false, format: 'iife', globalName: 'codec' }).outputFiles[0]!
    .text
  const sample = `({ a: [1, -0, 0.1, 5n, -(2n ** 70n), 'é😀', null, undefined], m: new Map([['z', 1], ['a', { q: 1, b: 2 }]]),
    s: new Set([2, 1]), t: new Float64Array([1, NaN]), b: new Uint8Array([7]), d: new Date(5) })`
  const realm = () => {
    const context = createContext({})
    runInContext(code, context)
    return (source: string): unknown => runInContext(source, context)
  }

  it('W1 needs nothing but ECMAScript and takes values of any realm', () => {
    const run = realm()
    expect(run('typeof TextEncoder')).toBe('undefined')
    const inside = run(`codec.encode(${sample})`) as Uint8Array
    const here = encode(new Function(`return ${sample}`)())
    expect(hex(inside)).toBe(hex(here))
    expect(hex(encode(run(sample)))).toBe(hex(here))
    expect(hex(encode(decode(inside)))).toBe(hex(here))
  })

  it('W1 encodes the same after job code has replaced every method, getter and setter it can reach', () => {
    const run = realm()
    const expected = hex(
      run(`value = ${sample}; outputs = [{ value }, { error: { name: 'E', message: 'm' } }]; codec.encodeOutputs(outputs)`) as Uint8Array,
    )
    run(`
      trapped = ''
      const trap = () => { trapped += new ErrorOld().stack; throw 'trapped' }
      const ErrorOld = Error, define = Object.defineProperty, keys = Reflect.ownKeys, at = Object.getOwnPropertyDescriptor
      const typed = Object.getPrototypeOf(Uint8Array.prototype)
      const holders = [Function.prototype, Array.prototype, String.prototype, Map.prototype, Set.prototype, Date.prototype, BigInt.prototype,
        Number.prototype, typed, Uint8Array.prototype, Object.prototype, Object, Array, Reflect, Math, Number, JSON, String]
      const kept = ['constructor', '__proto__', 'prototype', 'isPrototypeOf', 'propertyIsEnumerable']
      const isKept = (key) => { for (let i = 0; i < kept.length; i++) if (kept[i] === key) return true; return false }
      for (let h = 0; h < holders.length; h++) {
        const names = keys(holders[h])
        for (let i = 0; i < names.length; i++) {
          const old = at(holders[h], names[i])
          if (!old.configurable || isKept(names[i])) continue
          if ('get' in old) define(holders[h], names[i], { __proto__: null, get: trap, set: trap })
          else if (typeof old.value === 'function') define(holders[h], names[i], { __proto__: null, value: trap })
        }
      }
      const inherited = ['0', '1', '2', 'get', 'set', 'value', 'maxBytes', 'a', 'name', 'error', 'message', 'path', 'm', 's', 't', 'b', 'd', 'q', 'z']
      for (let i = 0; i < inherited.length; i++) define(Object.prototype, inherited[i], { __proto__: null, get: trap, set: trap })
      Map = Set = BigInt = Reflect = Object = Array = JSON = Math = Number = String = Uint8Array = Float64Array = Uint32Array = Error = trap`)
    expect(run('trapped')).toBe('')
    const after = run('try { codec.encodeOutputs(outputs) } catch (error) { error }') as Uint8Array
    expect(run('trapped')).toBe('')
    expect(hex(new Uint8Array(after))).toBe(expected)
  })
})

describe('canonical form', () => {
  it.each([
    ['an integer in two bytes that fits one', '1817'],
    ['a length in two bytes that fits one', '5801ff'],
    ['0 in nine bytes', '1b0000000000000000'],
    ['2^53', '1b0020000000000000'],
    ['-2^53', '3b001fffffffffffff'],
    ['the greatest 64 bit integer', '1bffffffffffffffff'],
    ['an integral float', 'f93c00'],
    ['+0 as a float', 'f90000'],
    ['a single that a half holds', 'fa3fc00000'],
    ['a double that a single holds', 'fb3ff8000000000000'],
    ['an infinity as a double', 'fb7ff0000000000000'],
    ['another NaN', 'f97e01'],
    ['a negative NaN', 'f9fe00'],
    ['NaN as a double', 'fb7ff8000000000000'],
    ['a list of indefinite length', '9f01ff'],
    ['a text of indefinite length', '7f6161ff'],
    ['a break', 'ff'],
    ['a reserved length', '1c'],
    ['another simple value', 'f0'],
    ['a simple value in two bytes', 'f8f5'],
    ['keys out of order', 'a2616200616100'],
    ['a longer key before a shorter one', 'a262616100616200'],
    ['a key twice', 'a2616100616101'],
    ['a key that is no text', 'a10102'],
    ['a Map out of order', 'd90103a202000100'],
    ['a Set with a member twice', 'd90102820101'],
    ['a Map of a list', 'd90103820102'],
    ['a Map with the key -0', 'd90103a1f9800001'],
    ['a Set with the member -0', 'd9010281f98000'],
    ['a BigInt with a leading zero', 'c2420001'],
    ['a BigInt of a text', 'c26105'],
    ['a tag in more bytes than needed', 'da0000000240'],
    ['an unknown tag', 'd87880'],
    ['a big-endian array', 'd841420001'],
    ['an array of a broken length', 'd85643000000'],
    ['a NaN with other bits in an array', 'd85648010000000000f87f'],
    ['a negative NaN in an array of singles', 'd855440000c0ff'],
    ['a Date of a text', 'c16161'],
    ['a Date of NaN', 'c1f97e00'],
    ['a Date of -0', 'c1f98000'],
    ['a Date with a part of a millisecond', 'c1fb3f40624dd2f1a9fd'],
    ['a Date beyond the last', `c1${hex(encode(8.64e12 + 1))}`],
    ['overlong UTF-8', '62c080'],
    ['an overlong form of three bytes', '63e08080'],
    ['a surrogate in UTF-8', '63eda080'],
    ['a code point beyond the last', '64f4908080'],
    ['a cut character', '61c3'],
    ['a continuation alone', '6180'],
    ['a second value', '0000'],
    ['nothing', ''],
  ])('W2 refuses %s', (_title, text) => {
    const error = refusal(() => decode(bytesOf(text)))
    expect(error.code).toBe('malformed')
    expect(error.offset).toBeGreaterThanOrEqual(0)
    expect(error.message).toMatch(/^Expected .* at byte \d+, got .*\.$/)
  })

  it('W2 says where', () => {
    expect(refusal(() => decode(bytesOf('83 01 02 1817'))).offset).toBe(3)
    expect(refusal(() => decode(bytesOf('82 01'))).offset).toBe(0)
    expect(refusal(() => decode(bytesOf('81 61 ff'))).offset).toBe(2)
    expect(refusal(() => decode('00' as unknown as Uint8Array)).code).toBe('malformed')
  })

  it('W2 meets any bytes with a CodecError or the one value that has them', () => {
    const lead = fc.constantFrom(0x81, 0x82, 0xa1, 0xa2, 0xc1, 0xc2, 0xc3, 0xd8, 0xd9, 0xf9, 0xfa, 0xfb, 0x61, 0x62, 0x18, 0x38)
    const soup = fc.array(fc.oneof(lead, fc.nat(255)), { maxLength: 24 }).map((list) => new Uint8Array(list))
    let accepted = 0
    fc.assert(
      fc.property(fc.oneof(soup, fc.uint8Array()), (bytes) => {
        try {
          expect(hex(encode(decode(bytes)))).toBe(hex(bytes))
          accepted += 1
        } catch (error) {
          if (!(error instanceof CodecError)) throw error
        }
      }),
      { numRuns: 5000 },
    )
    expect(accepted).toBeGreaterThan(0)
  })

  it('W2 meets one changed byte of a good message with a CodecError or another value', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, place, change) => {
        const bytes = encode(value)
        const at = place % bytes.length
        bytes[at] = bytes[at]! ^ change
        try {
          const back = decode(bytes)
          expect(hex(encode(back))).toBe(hex(bytes))
          expect(isDeepStrictEqual(back, value)).toBe(false)
        } catch (error) {
          if (!(error instanceof CodecError)) throw error
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('refusals', () => {
  class Point {
    x = 1
  }
  const cycle: { a: unknown[] } = { a: [] }
  cycle.a.push(1, cycle)
  const mapCycle = new Map<unknown, unknown>()
  mapCycle.set('self', mapCycle)
  const sparse = [1, 2, 3]
  delete sparse[1]
  const detached = new Uint8Array(4)
  structuredClone(detached.buffer, { transfer: [detached.buffer] })

  it.each<[string, unknown, string, RegExp]>([
    ['a function', { a: [0, 0, 0, { b: () => 1 }] }, '$.a[3].b', /function/],
    ['a symbol', [Symbol('x')], '$[0]', /symbol/],
    ['an instance of a class', { p: new Point() }, '$.p', /instance of Point/],
    ['an instance of a subclass of Map', new (class Cache extends Map {})(), '$', /instance of Cache/],
    ['an instance of a subclass of Array', new (class List extends Array {})(), '$', /instance of List/],
    ['an instance of a class without Object.prototype', Object.create(Object.create(null)), '$', /instance/],
    ['a Map with properties', Object.assign(new Map(), { x: 1 }), '$', /instance of Map/],
    ['an Error', { e: new TypeError('no') }, '$.e', /error \(TypeError\); throw it/],
    ['a Promise', [Promise.resolve(1)], '$[0]', /await it/],
    ['an ArrayBuffer', new ArrayBuffer(2), '$', /new Uint8Array\(buffer\)/],
    ['a DataView', new DataView(new ArrayBuffer(2)), '$', /DataView/],
    ['a boxed number', [Object(1)], '$[0]', /primitive/],
    ['a RegExp', /x/, '$', /RegExp/],
    [
      'a getter',
      {
        get a() {
          return 1
        },
      },
      '$.a',
      /getter/,
    ],
    ['a getter in an array', [Object.defineProperty([1], 0, { get: () => 1 })], '$[0][0]', /getter/],
    ['a hole', { list: sparse }, '$.list[1]', /hole/],
    ['a symbol as key', { a: { [Symbol('k')]: 1 } }, '$.a', /symbol as key/],
    ['a hidden property', Object.defineProperty({}, 'h', { value: 1 }), '$.h', /not enumerable/],
    ['a cycle', cycle, '$.a[1]', /contains itself/],
    ['a cycle through a Map', mapCycle, '$.values()[0]', /contains itself/],
    ['a lone surrogate', ['a\ud800b'], '$[0]', /surrogate/],
    ['a lone low surrogate at the end', 'a\udc00', '$', /surrogate/],
    ['a lone surrogate in a key', { 'x\udfff': 1 }, '$["x\\udfff"]', /surrogate/],
    ['an invalid Date', { when: new Date(NaN) }, '$.when', /invalid Date/],
    ['257 levels', nested(257), `$${'[0]'.repeat(256)}`, /256 levels/],
    ['a function as key of a Map', new Map([[() => 1, 1]]), '$.keys()[0]', /function/],
    [
      'a function as value of a Map',
      {
        m: new Map([
          ['a', 1],
          ['b', decode],
        ] as [string, unknown][]),
      },
      '$.m.values()[1]',
      /function/,
    ],
    ['a function in a Set', new Set([1, encode]), '$.values()[1]', /function/],
    [
      'two equal keys',
      {
        m: new Map([
          [{ a: 1 }, 1],
          [{ b: 1 }, 2],
          [{ a: 1 }, 3],
        ]),
      },
      '$.m',
      /equal keys/,
    ],
    ['two equal members', new Set([[1], [1]]), '$', /equal keys/],
    ['a detached array', { d: detached }, '$.d', /reading it threw/],
    [
      'a proxy that throws',
      {
        p: new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error('no')
            },
          },
        ),
      },
      '$.p',
      /reading it threw/,
    ],
    ['a name that is no identifier', { 'a b': { 'c"d': encode } }, '$["a b"]["c\\"d"]', /function/],
  ])('W3 refuses %s with its path', (_title, value, path, message) => {
    const error = refusal(() => encode(value))
    expect(error).toMatchObject({ name: 'CodecError', code: 'unsupported-value', path })
    expect(error.message).toMatch(message)
    expect(error.message).toContain(`Expected data at ${path},`)
    // What failed leaves nothing behind.
    expect(hex(encode([1]))).toBe('8101')
  })

  it('W3 runs no getter', () => {
    let runs = 0
    const count = () => ++runs
    for (const value of [Object.defineProperty({}, 'a', { get: count, enumerable: true }), Object.defineProperty([0], 0, { get: count })]) {
      expect(refusal(() => encode(value)).code).toBe('unsupported-value')
    }
    expect(runs).toBe(0)
  })

  it('W3 refuses a Map that a proxy in it makes longer, and survives being called from inside', () => {
    const map = new Map<unknown, unknown>([[1, 1]])
    const inner: string[] = []
    const growing = new Proxy(
      {},
      {
        ownKeys: () => {
          map.set(map.size + 1, 1)
          inner.push(hex(encode({ inside: [1] })))
          return []
        },
      },
    )
    map.set('p', growing)
    expect(refusal(() => encode(map)).message).toContain('changes while it is read')
    expect(new Set(inner)).toEqual(new Set(['a166696e736964658101']))
  })

  it('W3 refuses what is greater than maxBytes before it is built, and takes what is not', () => {
    const values = [
      'x'.repeat(1000),
      'é'.repeat(1000),
      new Uint8Array(1000),
      new Float64Array(125),
      Array(1000).fill(0),
      2n ** 8000n,
      { a: { b: 'x'.repeat(1000) } },
    ]
    for (const value of values) {
      const { length } = encode(value)
      expect(encode(value, { maxBytes: length })).toHaveLength(length)
      expect(refusal(() => encode(value, { maxBytes: length - 1 })).code).toBe('too-large')
      expect(refusal(() => encode([value], { maxBytes: length })).code).toBe('too-large')
    }
  })

  it('W3 does not allocate a result of 512 MiB to refuse it', () => {
    const huge = new Uint8Array(512 * 1024 * 1024)
    const before = process.memoryUsage().arrayBuffers
    expect(refusal(() => encode([1, huge], { maxBytes: 1024 * 1024 })).message).toMatch(
      /at most 1048576 bytes, got a value of at least 536870914/,
    )
    expect(refusal(() => encode(huge)).code).toBe('too-large')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024)
    // Shared parts double at each level: 2^60 bytes, were they written.
    let bomb: unknown = []
    for (let i = 0; i < 60; i++) bomb = [bomb, bomb]
    expect(refusal(() => encode(bomb, { maxBytes: 1024 * 1024 })).code).toBe('too-large')
    expect(refusal(() => encode(new Array(2 ** 32 - 1), { maxBytes: 1024 * 1024 })).code).toBe('too-large')
  })
})

describe('bounded decoding', () => {
  it.each([
    ['an array', '9b000000ffffffffff'],
    ['an array of 2^32 - 1', '9affffffff00'],
    ['a map', 'ba7fffffff00'],
    ['bytes', '5a7fffffff00'],
    ['bytes of 2^63', '5b7fffffffffffffff00'],
    ['a text', '7affffffff00'],
    ['a BigInt', 'c25affffffff01'],
    ['a Float64Array', 'd8565afffffff800'],
    ['a Map', 'd90103baffffffff00'],
    ['a Set', 'd901029affffffff00'],
    ['a map that needs one byte more', 'a2616100616200'.slice(0, -2)],
  ])('W4 refuses %s longer than the bytes that are there', (_title, text) => {
    expect(refusal(() => decode(bytesOf(text))).code).toBe('malformed')
  })

  it('W4 takes 256 levels and refuses 257, of lists, objects, Maps and Sets', () => {
    const open = { list: '81', object: 'a16161', map: 'd90103a100', set: 'd9010281' }
    for (const header of Object.values(open)) {
      expect(() => decode(bytesOf(`${header.repeat(256)}00`))).not.toThrow()
      expect(refusal(() => decode(bytesOf(`${header.repeat(257)}00`))).message).toContain('256 levels')
    }
    expect(refusal(() => decode(new Uint8Array(1_000_000).fill(0x81))).message).toContain('256 levels')
    expect(refusal(() => decode(new Uint8Array(1_000_000).fill(0xc1))).code).toBe('malformed')
  })

  it('W4 takes no memory for what nested lists announce', () => {
    // Each of 200 levels announces as many items as there are bytes left; only the innermost has them, and the end is missing.
    const levels = 200
    const zeros = 1_000_000
    const bytes = new Uint8Array(levels * 5 + zeros)
    for (let i = 0; i < levels; i++) {
      bytes[i * 5] = 0x9a
      new DataView(bytes.buffer).setUint32(i * 5 + 1, zeros)
    }
    const before = process.memoryUsage()
    expect(refusal(() => decode(bytes)).code).toBe('malformed')
    const after = process.memoryUsage()
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(64 * 1024 * 1024)
  })
})

describe('outputs', () => {
  const item: fc.Arbitrary<OutputItem> = fc.oneof(
    anyValue.map((value) => ({ value })),
    fc.record({ error: fc.record({ name: text, message: text }, { noNullPrototype: true }) }, { noNullPrototype: true }),
  )

  it('W5 round trip, and counts without building', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 12 }), (items) => {
        const bytes = encodeOutputs(items)
        expect(isDeepStrictEqual(decodeOutputs(bytes), items)).toBe(true)
        expect(isDeepStrictEqual([...eachOutput(bytes)], items)).toBe(true)
        expect(hex(bytes)).toBe(hex(encode(items)))
        expect(inspectOutputs(bytes)).toEqual({ items: items.length, errors: items.filter((one) => 'error' in one).length })
      }),
    )
  })

  it('W5 writes nothing of an item beside its value or its error', () => {
    const stack = { error: { name: 'E', message: 'm', stack: 'secret path' }, console: 'x' } as OutputItem
    expect(decodeOutputs(encodeOutputs([stack, { value: 1, seconds: 2 } as OutputItem]))).toEqual([
      { error: { name: 'E', message: 'm' } },
      { value: 1 },
    ])
  })

  it('W5 names the item in a path and keeps to maxBytes', () => {
    expect(refusal(() => encodeOutputs([{ value: 1 }, { value: { b: [encode] } }])).path).toBe('$[1].value.b[0]')
    expect(refusal(() => encodeOutputs([{ error: { name: 'E', message: '\ud800' } }])).path).toBe('$[0].error.message')
    const items = [{ value: 'x'.repeat(100) }]
    const { length } = encodeOutputs(items)
    expect(encodeOutputs(items, { maxBytes: length })).toHaveLength(length)
    expect(refusal(() => encodeOutputs(items, { maxBytes: length - 1 })).code).toBe('too-large')
  })

  it.each<[string, unknown]>([
    ['no list', { value: 1 }],
    ['an item that is no object', [1]],
    ['an empty item', [{}]],
    ['a value and an error', [{ value: 1, error: { name: 'E', message: 'm' } }]],
    ['another key', [{ valux: 1 }]],
    ['a shorter key', [{ valu: 1 }]],
    ['an error that is a text', [{ error: 'E' }]],
    ['an error without message', [{ error: { name: 'E' } }]],
    ['an error with a stack', [{ error: { name: 'E', message: 'm', stack: 's' } }]],
    ['an error with another key', [{ error: { name: 'E', massage: 'm' } }]],
    ['a name that is no text', [{ error: { name: 1, message: 'm' } }]],
    ['a message that is no text', [{ error: { name: 'E', message: null } }]],
    ['a good item before a bad one', [{ value: 1 }, { value: 1, x: 2 }]],
    ['an item that is a Map', [new Map([['value', 1]])]],
  ])('W5 refuses %s', (_title, value) => {
    const bytes = encode(value)
    for (const read of [inspectOutputs, decodeOutputs]) {
      const error = refusal(() => read(bytes))
      expect(error.code).toBe('malformed')
      expect(error.offset).toBeGreaterThanOrEqual(0)
    }
  })

  it.each([
    ['what is not canonical inside', '81a16576616c75651817'],
    ['more bytes', '8000'],
    ['a cut list', '82a16576616c756501'],
    ['a cut key', '81a165766c'],
    ['a list of an announced length', '9affffffff'],
    ['bad UTF-8 in a message', '81a1656572726f72a2646e616d656145676d65737361676561ff'],
    ['nothing', ''],
  ])('W5 refuses %s', (_title, text) => {
    expect(refusal(() => inspectOutputs(bytesOf(text))).code).toBe('malformed')
  })

  it('W5 accepts exactly those bytes that decode to a list of outputs', () => {
    const near = fc.oneof(item, anyValue, fc.record({ value: anyValue, error: anyValue }, { requiredKeys: [] }))
    fc.assert(
      fc.property(fc.array(near, { maxLength: 3 }), fc.nat(), fc.constantFrom(0, 0, 1, 128), (items, place, change) => {
        const bytes = encode(items)
        bytes[place % bytes.length]! ^= change
        expect(accepts(() => inspectOutputs(bytes))).toBe(accepts(() => decode(bytes)) && isOutputs(decode(bytes)))
      }),
      { numRuns: 300 },
    )
  })
})

function accepts(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
    return false
  }
}
const isRecord = (value: unknown, ...keys: string[]): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  Object.getPrototypeOf(value) === Object.prototype &&
  isDeepStrictEqual(Object.keys(value).sort(), keys.sort())
const isOutputs = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every(
    (one) =>
      isRecord(one, 'value') ||
      (isRecord(one, 'error') &&
        isRecord(one.error, 'message', 'name') &&
        typeof one.error.name === 'string' &&
        typeof one.error.message === 'string'),
  )
