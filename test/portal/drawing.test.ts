import { expect, test } from 'vitest'
import { bytesOfJson } from '../../portal/drawing/bytes-of-json.ts'
import { divisorsIn } from '../../portal/drawing/divisors.ts'
import type { Output, ResultEvent } from '../../portal/drawing/job-results.ts'
import { readable } from '../../portal/drawing/readable.ts'
import { formatsOf } from '../../portal/messages/formats.ts'
import { toJson } from '../../sdk/json.ts'

const event = (...outputs: Output[]): ResultEvent => ({ n: 1, kind: 'sealed', key: '0', outputs, confidence: 1, holders: 2, seconds: 0 })

test('P9 divisors are read from well-formed outputs, and whatever else a device sent is passed over', () => {
  const big = 2n ** 300n + 1n
  const claimed = [{ value: toJson({ factors: [7n, 3n, big] }) }, { value: toJson({ factors: [3n] }) }]
  const others = [null, 5, 'x', {}, { factors: 5 }, { factors: [5, null, { $int: '-1' }, { $int: 'x' }, { $int: '9'.repeat(5001) }] }]
  expect(
    divisorsIn([event(...claimed), event(...others.map((value) => ({ value }))), event({ error: { name: 'E', message: '' } })]),
  ).toEqual([3n, 7n, big])
})

test.each([
  [5n, '5'],
  [[1, -0, 'a'], '[1, -0, "a"]'],
  [{ a: new Uint8Array(5), b: undefined, c: null }, '{ a: 5 bytes, b: undefined, c: null }'],
  [{}, '{  }'],
])('P9 a value is written as people do: %o', (value, text) => {
  expect(readable(toJson(value))).toBe(text)
})

test('P9 bytes are read as bytes, and nothing else is', () => {
  expect(bytesOfJson(toJson(new Uint8Array([0, 255])))).toEqual(new Uint8Array([0, 255]))
  for (const other of [null, 5, {}, { $bytes: 5 }, { $bytes: '***' }]) expect(bytesOfJson(other)).toBeUndefined()
})

test('P5 times are said in the unit that suits them', () => {
  const { seconds } = formatsOf('en')
  expect([0.023, 0.9996, 4.56, 12.9, 61, 3700].map(seconds)).toEqual(['23 ms', '1.0 sec', '4.6 sec', '12 sec', '1 min', '1 hr 1 min'])
})
