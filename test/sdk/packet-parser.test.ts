import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Decoder, Encoder } from '../../sdk/packet-parser.ts'
import { expectModestShape } from '../../sdk/packet-shape.ts'

const list32 = (items: number): number[] => [0xdd, items >>> 24, (items >>> 16) & 255, (items >>> 8) & 255, items & 255]
const nested = (head: readonly number[], times: number): Uint8Array => Uint8Array.from(Array.from({ length: times }, () => head).flat())

function dataOf(frame: Uint8Array): unknown {
  let data: unknown
  const decoder = new Decoder()
  decoder.on('decoded', (packet) => {
    data = packet.data
  })
  decoder.add(frame)
  return data
}

describe('packets', () => {
  test.each([
    ['nested heads of long lists', nested(list32(0x01ffffff), 40), 'values in a frame'],
    ['nested heads of short lists', nested([0xdc, 0x27, 0x10], 1000), 'values in a frame'],
    ['a hundred thousand levels', nested([0x91], 100_000), 'levels in a frame'],
    ['a million empty maps', Uint8Array.from([...list32(1_000_000), ...new Array(1_000_000).fill(0x80)]), 'values in a frame'],
    ['a map that ends too soon', Uint8Array.from([0x82, 0xa1, 0x61]), 'ends too soon'],
    ['nothing', new Uint8Array(0), 'ends too soon'],
  ])('V2 a frame of %s is malformed before it takes memory', (_what, frame, why) => {
    const before = process.memoryUsage.rss()
    expect(dataOf(frame)).toEqual(['malformed', expect.stringContaining(why)])
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 * 1024 * 1024)
  })

  test('V2 whatever the encoder writes has a shape that is let through', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc
          .anything({ maxDepth: 0, withDate: true, withTypedArray: false })
          .filter((leaf) => ['string', 'number', 'boolean'].includes(typeof leaf)),
        fc.string({ minLength: 0, maxLength: 70_000, size: 'max' }),
        fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }),
        fc.date({ noInvalidDate: true }),
        fc.uint8Array({ maxLength: 70_000, size: 'max' }),
        fc.array(tie('value'), { maxLength: 70 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 40 }),
      ),
    })).value
    fc.assert(
      fc.property(value, (something) => expectModestShape(encode(something))),
      { numRuns: 300 },
    )
  })

  test('V2 the largest message there is has a shape that is let through', () => {
    const results = Array.from({ length: 1000 }, (_, i) => ({
      lease: `${i}`,
      output: new Uint8Array(9),
      seconds: 1.5,
      console: '',
      stack: '',
    }))
    const held = Array.from({ length: 10_000 }, (_, i) => `${i}`)
    const data = ['return', { results, held }]
    const [frame] = new Encoder().encode({ type: 2, nsp: '/volunteer', id: 7, data })
    expect(dataOf(frame)).toEqual(data)
  })
})
