/**
 * What a MessagePack frame may be made of, looked at before it is decoded. A decoder makes each list as long as its head says before it has seen an
 * item: forty nested heads, 200 bytes in all, take 10 GiB and end the process. Rejected: the decoder's own limits, they hold for each list alone.
 */

/** Lists and maps within each other; the messages of DSage have at most eight. */
const MOST_LEVELS = 32
/** Values in one frame, keys included; the largest message, a thousand leases or events, has some 15,000. */
const MOST_VALUES = 200_000

/** What follows the first byte: the bytes of a length, bytes beside it, and how many values the length counts by one; none when it counts bytes. */
type Head = readonly [lengthBytes: 0 | 1 | 2 | 4, otherBytes: number, valuesEach: 0 | 1 | 2]

const none: Head = [0, 0, 0]
const fixed = (...bytes: readonly number[]): Head[] => bytes.map((count): Head => [0, count, 0])
/** First bytes 0xc0 to 0xdf; in all others the length is part of the byte itself. */
const HEADS: readonly Head[] = [
  ...[none, none, none, none], // nil, unused, false, true
  ...([1, 2, 4] as const).map((width): Head => [width, 0, 0]), // bytes
  ...([1, 2, 4] as const).map((width): Head => [width, 1, 0]), // extensions
  ...fixed(4, 8, 1, 2, 4, 8, 1, 2, 4, 8), // floats, integers
  ...fixed(2, 3, 5, 9, 17), // extensions of fixed length
  ...([1, 2, 4] as const).map((width): Head => [width, 0, 0]), // texts
  ...([2, 4] as const).map((width): Head => [width, 0, 1]), // lists
  ...([2, 4] as const).map((width): Head => [width, 0, 2]), // maps
]

/** A value's head: bytes until the next value, and how many values it holds. */
interface Step {
  readonly bytes: number
  readonly values: number
}

function stepAt(view: DataView, at: number): Step {
  const first = view.getUint8(at)
  if (first < 0x80 || first >= 0xe0) return { bytes: 1, values: 0 }
  if (first < 0x90) return { bytes: 1, values: 2 * (first & 0x0f) }
  if (first < 0xa0) return { bytes: 1, values: first & 0x0f }
  if (first < 0xc0) return { bytes: 1 + (first & 0x1f), values: 0 }
  const [lengthBytes, otherBytes, valuesEach] = HEADS[first - 0xc0]!
  const length = lengthAt(view, at + 1, lengthBytes)
  return { bytes: 1 + lengthBytes + otherBytes + (valuesEach === 0 ? length : 0), values: valuesEach * length }
}

function lengthAt(view: DataView, at: number, bytes: 0 | 1 | 2 | 4): number {
  if (bytes === 0) return 0
  if (bytes === 1) return view.getUint8(at)
  return bytes === 2 ? view.getUint16(at) : view.getUint32(at)
}

/**
 * Checks that decoding `frame` takes memory in proportion to its length.
 * @throws RangeError that says what the frame has too much of, or that it ends too soon
 */
export function expectModestShape(frame: ArrayBuffer | Uint8Array): void {
  const view = ArrayBuffer.isView(frame) ? new DataView(frame.buffer, frame.byteOffset, frame.byteLength) : new DataView(frame)
  /** Values still to come, level by level. */
  const left = [1]
  let values = 1
  for (let at = 0; left.length > 0; ) {
    if (left.at(-1) === 0) {
      left.pop()
      continue
    }
    left[left.length - 1]! -= 1
    if (at >= view.byteLength) throw new RangeError('the frame ends too soon')
    const step = stepAt(view, at)
    at += step.bytes
    if (step.values === 0) continue
    values += step.values
    if (values > MOST_VALUES) throw new RangeError(`expected at most ${MOST_VALUES} values in a frame`)
    if (left.length > MOST_LEVELS) throw new RangeError(`expected at most ${MOST_LEVELS} levels in a frame`)
    left.push(step.values)
  }
}
