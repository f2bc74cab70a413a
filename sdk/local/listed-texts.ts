/** Texts that come in any order, given as one JSON list in the order of their positions: they wait on the disk, here stay some twelve bytes of each. */
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'

/** Bytes written or read at a time. */
const PIECE_BYTES = 256 * 1024
const SEPARATOR = ',\n'

export type PlacedText = readonly [position: number, text: string]

/** @param beside path near which the texts wait. @param texts a later one takes the place of an earlier one of its position. @throws what they throw */
export async function* listedTexts(beside: string, texts: AsyncIterable<PlacedText>): AsyncGenerator<string | Uint8Array, void, void> {
  const path = `${beside}.${randomUUID()}.part`
  const handle = await open(path, 'wx+', 0o600)
  try {
    const places = new Places()
    const size = await writeAll(handle, texts, places)
    yield '['
    let piece: (string | Uint8Array)[] = []
    let waiting = 0
    let before = '\n'
    for await (const text of inOrder(new Blocks(handle, size), places)) {
      piece.push(before, text)
      waiting += text.length
      before = SEPARATOR
      if (waiting < PIECE_BYTES) continue
      yield joined(piece)
      piece = []
      waiting = 0
    }
    yield joined(piece)
    yield '\n]\n'
  } finally {
    await handle.close()
    await rm(path, { force: true })
  }
}

/** Where each text stands in the file; of a position without a text the length is 0. */
class Places {
  #starts = new Float64Array(1024)
  #lengths = new Uint32Array(1024)
  #count = 0

  get count(): number {
    return this.#count
  }

  put(position: number, start: number, length: number): void {
    while (position >= this.#starts.length) {
      this.#starts = copied(this.#starts, new Float64Array(2 * this.#starts.length))
      this.#lengths = copied(this.#lengths, new Uint32Array(2 * this.#lengths.length))
    }
    this.#starts[position] = start
    this.#lengths[position] = length
    this.#count = Math.max(this.#count, position + 1)
  }

  start(position: number): number {
    return this.#starts[position]!
  }

  end(position: number): number {
    return this.#starts[position]! + this.#lengths[position]!
  }
}

function copied<Numbers extends Float64Array | Uint32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from)
  return to
}

/** Gives the bytes written. Each text with a comma and a line's end behind it, so that texts that stand in order are read in one piece. */
async function writeAll(handle: FileHandle, texts: AsyncIterable<PlacedText>, places: Places): Promise<number> {
  let piece: Buffer[] = []
  let waiting = 0
  let start = 0
  for await (const [position, text] of texts) {
    const bytes = Buffer.from(text + SEPARATOR)
    places.put(position, start, bytes.length)
    start += bytes.length
    waiting += bytes.length
    piece.push(bytes)
    if (waiting < PIECE_BYTES) continue
    await handle.appendFile(Buffer.concat(piece))
    piece = []
    waiting = 0
  }
  await handle.appendFile(Buffer.concat(piece))
  return start
}

/** Texts, or runs of them with what stands between, without what is behind the last. */
async function* inOrder(blocks: Blocks, places: Places): AsyncGenerator<Uint8Array, void, void> {
  for (let first = 0; first < places.count; ) {
    let last = first
    const start = places.start(first)
    while (last + 1 < places.count && places.start(last + 1) === places.end(last) && places.end(last + 1) - start <= PIECE_BYTES) last += 1
    const bytes = blocks.within(start, places.end(last)) ?? (await blocks.read(start, places.end(last)))
    yield bytes.subarray(0, -SEPARATOR.length)
    first = last + 1
  }
}

/** The file a block at a time: texts come much in the order of their positions, so that the next one is near. */
class Blocks {
  readonly #handle: FileHandle
  readonly #size: number
  #start = 0
  #bytes: Uint8Array = new Uint8Array()

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle
    this.#size = size
  }

  /** What stands from `start` to `end`, if it is in the block that was read last. */
  within(start: number, end: number): Uint8Array | undefined {
    const from = start - this.#start
    return from >= 0 && end - this.#start <= this.#bytes.length ? this.#bytes.subarray(from, end - this.#start) : undefined
  }

  /** The same from a block around it. */
  async read(start: number, end: number): Promise<Uint8Array> {
    this.#start = Math.max(0, start - PIECE_BYTES)
    this.#bytes = new Uint8Array(Math.min(this.#size, end + PIECE_BYTES) - this.#start)
    await this.#handle.read(this.#bytes, 0, this.#bytes.length, this.#start)
    return this.within(start, end)!
  }
}

const joined = (pieces: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
