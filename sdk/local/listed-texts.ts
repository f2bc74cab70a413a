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
    await writeAll(handle, texts, places)
    yield '['
    let before = '\n'
    for await (const piece of inOrder(handle, places)) {
      yield before
      yield piece
      before = SEPARATOR
    }
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

/** Each text with a comma and a line's end behind it, so that texts that stand in order are read in one piece. */
async function writeAll(handle: FileHandle, texts: AsyncIterable<PlacedText>, places: Places): Promise<void> {
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
}

/** Runs of texts, without what is behind the last of each. */
async function* inOrder(handle: FileHandle, places: Places): AsyncGenerator<Uint8Array, void, void> {
  for (let first = 0; first < places.count; ) {
    let last = first
    const start = places.start(first)
    while (last + 1 < places.count && places.start(last + 1) === places.end(last) && places.end(last + 1) - start <= PIECE_BYTES) last += 1
    const bytes = Buffer.alloc(places.end(last) - start)
    await handle.read(bytes, 0, bytes.length, start)
    yield bytes.subarray(0, -SEPARATOR.length)
    first = last + 1
  }
}
