import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CodecError, encode } from '../../sdk/codec.ts'
import { fromJson, toJson } from '../../sdk/json.ts'

const hex = (value: unknown): string => Buffer.from(encode(value)).toString('hex')
const throughText = (value: unknown): unknown => fromJson(JSON.parse(JSON.stringify(toJson(value))))

const tags = ['$', '$$', '$int', '$$int', '$number', '$bytes', '$map', '$object', '__proto__', 'constructor']
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom(...tags))
const number = fc.oneof(
  fc.double(),
  fc.maxSafeInteger(),
  fc.float(),
  fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e300, 5e-324),
)
const typedArray = fc.oneof(
  ...[fc.uint8Array(), fc.uint8ClampedArray(), fc.int8Array(), fc.uint16Array(), fc.int16Array(), fc.uint32Array(), fc.int32Array()],
  ...[fc.float32Array(), fc.float64Array(), fc.bigInt64Array(), fc.bigUint64Array()],
)
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(fc.constantFrom(undefined, null, true, false), number, fc.bigInt(), text, fc.date({ noInvalidDate: true }), typedArray),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 5 }).map((list) => Object.fromEntries(list)),
    fc.uniqueArray(fc.tuple(tie('value'), tie('value')), { selector: ([key]) => hex(key), maxLength: 5 }).map((list) => new Map(list)),
    fc.uniqueArray(tie('value'), { selector: hex, maxLength: 5 }).map((list) => new Set(list)),
  ),
}))

describe('round trip', () => {
  test('W9 every value the codec accepts comes back from the text of its JSON, with the same bytes', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const back = throughText(value)
        expect(hex(back)).toBe(hex(value))
        if (!isDeepStrictEqual(back, value)) throw new Error('came back as another value')
      }),
      { numRuns: 1000 },
    )
  })

  test('W9 two values share a JSON form only when they share their bytes', () => {
    fc.assert(
      fc.property(anyValue, anyValue, (one, other) => {
        expect(JSON.stringify(toJson(one)) === JSON.stringify(toJson(other))).toBe(hex(one) === hex(other))
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['a BigInt', 5n, { $int: '5' }],
    ['a BigInt beyond 2^64', -(2n ** 70n), { $int: '-1180591620717411303424' }],
    ['the greatest exact integer', 2 ** 53 - 1, 9007199254740991],
    ['a float beyond it', 2 ** 53, { $number: '9007199254740992' }],
    ['a great float', 1e300, { $number: '1e+300' }],
    ['a fraction', 0.1, 0.1],
    ['NaN', Number.NaN, { $number: 'NaN' }],
    ['-Infinity', Number.NEGATIVE_INFINITY, { $number: '-Infinity' }],
    ['-0', -0, { $number: '-0' }],
    ['undefined', [undefined, null], [{ $undefined: true }, null]],
    ['bytes', new Uint8Array([1, 2]), { $bytes: 'AQI=' }],
    ['a Buffer', Buffer.from([1, 2]), { $bytes: 'AQI=' }],
    ['doubles', new Float64Array([1.5, Number.NaN, -0]), { $Float64Array: [1.5, { $number: 'NaN' }, { $number: '-0' }] }],
    ['64 bit integers', new BigInt64Array([-1n]), { $BigInt64Array: [{ $int: '-1' }] }],
    ['a Date', new Date(0), { $date: '1970-01-01T00:00:00.000Z' }],
    ['a Map', new Map([[1n, 'a']]), { $map: [[{ $int: '1' }, 'a']] }],
    ['a Set', new Set([2, 1]), { $set: [1, 2] }],
    ['an object that looks like a BigInt', { $int: '5' }, { $$int: '5' }],
    ['an object that looks like that', { $$int: '5', a: 1 }, { a: 1, $$$int: '5' }],
    ['an object with the key $', { $: 1 }, { $$: 1 }],
  ])('W9 %s is written as the table says', (_what, value, json) => {
    expect(isDeepStrictEqual(toJson(value), json)).toBe(true)
    expect(hex(fromJson(json))).toBe(hex(value))
  })

  test('W9 a key named __proto__ is a key, and pollutes nothing', () => {
    const value = JSON.parse('{"__proto__":{"polluted":true}}')
    const back = throughText(value) as object
    expect(Object.keys(back)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  test('W9 as many levels as the codec has, and a megabyte of bytes', () => {
    let deep: unknown = new Map()
    for (let i = 0; i < 255; i++) deep = i % 2 ? new Map([[i, deep]]) : new Set([deep])
    expect(hex(throughText(deep))).toBe(hex(deep))
    const bytes = new Uint8Array(1024 * 1024).map((_, i) => (i * 31) % 256)
    expect(Buffer.compare(throughText(bytes) as Uint8Array, bytes)).toBe(0)
  })
})

const refusal = (make: () => unknown): CodecError => {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError)
    return error as CodecError
  }
  throw new Error('Expected a CodecError, got none.')
}

describe('refusals', () => {
  test.each([
    ['a bare integer that was rounded', '18446744073709551617'],
    ['a bare number beyond every float', '1e400'],
    ['an unknown tag', '{"$uuid":"x"}'],
    ['a name that typed arrays inherit', '{"$constructor":[]}'],
    ['a Uint8Array by its elements', '{"$Uint8Array":[1]}'],
    ['a tag beside something else', '{"$int":"5","a":1}'],
    ['two tags', '{"$int":"5","$number":"NaN"}'],
    ['an integer that is no text', '{"$int":5}'],
    ['an integer with a leading zero', '{"$int":"05"}'],
    ['minus nought', '{"$int":"-0"}'],
    ['an integer in hexadecimal', '{"$int":"0x5"}'],
    ['no digits', '{"$int":""}'],
    ['a number that needs no tag', '{"$number":"5"}'],
    ['a number in another notation', '{"$number":"1e300"}'],
    ['an empty number', '{"$number":""}'],
    ['base64 without padding', '{"$bytes":"AQI"}'],
    ['base64 with bits to spare', '{"$bytes":"AQJ="}'],
    ['base64 with white space', '{"$bytes":"AQ I="}'],
    ['base64 for addresses', '{"$bytes":"-_-_"}'],
    ['a date without a zone', '{"$date":"2026-11-20T12:00:00.000"}'],
    ['a date that is none', '{"$date":"2026-02-30T00:00:00.000Z"}'],
    ['a date as a number', '{"$date":0}'],
    ['a Map of no pairs', '{"$map":[[1]]}'],
    ['a Map with a key twice', '{"$map":[[1,2],[1,3]]}'],
    ['a Set with a member twice', '{"$set":["a","a"]}'],
    ['undefined that is false', '{"$undefined":false}'],
    ['an element too great', '{"$Int8Array":[128]}'],
    ['an element that would be rounded', '{"$Float32Array":[0.1]}'],
    ['an element of another type', '{"$BigInt64Array":[1]}'],
  ])('W9 %s is refused with its path', (_what, json) => {
    const { code, path } = refusal(() => fromJson(JSON.parse(`{"a":[0,${json}]}`)))
    expect(code).toBe('malformed')
    expect(path).toMatch(/^\$\["a"\]\[1\]/)
  })

  test('W9 a value without a form is refused as the codec does, and depth beyond all bounds by name', () => {
    expect(refusal(() => toJson({ a: [() => 1] })).path).toBe('$.a[0]')
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    expect(refusal(() => fromJson(deep)).message).toContain('levels')
  })
})
