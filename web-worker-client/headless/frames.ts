/**
 * Messages between a headless worker and its sandbox process, on the process's stdin and stdout: two lengths (32 bits, big-endian), a head
 * (JSON) and a body (bytes). Node's own message channel was rejected: it reads V8's internal format from a process that may be hostile and
 * sets no limit to a message.
 */
const LENGTHS_BYTES = 8
/** A head holds a console, a stack and a message; four bytes a character and escapes included it stays below this. */
const MOST_HEAD_BYTES = 128 * 1024

export interface Frame {
  readonly head: unknown
  readonly body: Uint8Array
}

/** The pieces of one frame, to be written in order. */
export function encodeFrame(head: object, ...body: readonly Uint8Array[]): Buffer {
  const text = Buffer.from(JSON.stringify(head))
  const lengths = Buffer.alloc(LENGTHS_BYTES)
  lengths.writeUInt32BE(text.length, 0)
  lengths.writeUInt32BE(
    body.reduce((sum, part) => sum + part.length, 0),
    4,
  )
  return Buffer.concat([lengths, text, ...body])
}

/** Reassembles frames from chunks. `push` throws a RangeError for a frame above the limits and a SyntaxError for a head that is no JSON. */
export class FrameReader {
  readonly #mostBodyBytes: number
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(mostBodyBytes: number) {
    this.#mostBodyBytes = mostBodyBytes
  }

  /** The frames that `chunk` completes. */
  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    const frames: Frame[] = []
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame)
    return frames
  }

  #next(): Frame | undefined {
    if (this.#bytes < LENGTHS_BYTES) return undefined
    if (this.#chunks[0]!.length < LENGTHS_BYTES) this.#chunks = [Buffer.concat(this.#chunks)]
    const headBytes = this.#chunks[0]!.readUInt32BE(0)
    const bodyBytes = this.#chunks[0]!.readUInt32BE(4)
    if (headBytes > MOST_HEAD_BYTES || bodyBytes > this.#mostBodyBytes) {
      throw new RangeError(`Expected a message of at most ${this.#mostBodyBytes} bytes, got one of ${headBytes} + ${bodyBytes}.`)
    }
    const end = LENGTHS_BYTES + headBytes + bodyBytes
    if (this.#bytes < end) return undefined
    const all = Buffer.concat(this.#chunks)
    this.#chunks = end < all.length ? [all.subarray(end)] : []
    this.#bytes -= end
    const head: unknown = JSON.parse(all.toString('utf8', LENGTHS_BYTES, LENGTHS_BYTES + headBytes))
    return { head, body: new Uint8Array(all.subarray(LENGTHS_BYTES + headBytes, end)) }
  }
}
