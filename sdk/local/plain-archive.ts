/**
 * What stands before the tar reader, which believes what an archive says of itself: it keeps a header of another kind than a file's in memory, however
 * large it says it is, and waits for ever for a file of fewer than no bytes.
 */
const BLOCK = 512
const SIZE = { from: 124, to: 136 }
const KIND = 156

export interface Plain {
  /** Bytes the file of this name may have. */
  readonly mostBytes: (name: string) => number
  /** What is thrown, with what is wrong. */
  readonly wrong: (what: string) => Error
}

/** The bytes of a tar as they are, as long as it holds files alone, none larger than it may be. */
export async function* plainArchive(source: AsyncIterable<Uint8Array>, plain: Plain): AsyncGenerator<Uint8Array, void, void> {
  const header = Buffer.alloc(BLOCK)
  let filled = 0
  let left = 0
  for await (const part of source) {
    for (let at = 0; at < part.length; ) {
      const most = left > 0 ? left : BLOCK - filled
      const piece = part.subarray(at, at + most)
      at += piece.length
      if (left > 0) {
        left -= piece.length
        continue
      }
      header.set(piece, filled)
      filled = (filled + piece.length) % BLOCK
      if (filled === 0) left = Math.ceil(sizeIn(header, plain) / BLOCK) * BLOCK
    }
    yield part
  }
}

function sizeIn(header: Buffer, { mostBytes, wrong }: Plain): number {
  if (header.every((byte) => byte === 0)) return 0
  const name = header.toString('utf8', 0, 100).split('\0')[0]!
  if (header[KIND] !== 0 && header[KIND] !== 0x30) throw wrong(`${name} is something else, expected files alone`)
  const digits = /^ *([0-7]+)[ \0]*$/.exec(header.toString('latin1', SIZE.from, SIZE.to))?.[1]
  if (digits === undefined) throw wrong(`${name} has no size`)
  const size = Number.parseInt(digits, 8)
  const most = mostBytes(name)
  if (size > most) throw wrong(`${name} has ${size} bytes, expected at most ${most}`)
  return size
}
