/** Pixels to a PNG file, with nothing but zlib: three bytes a pixel, rows from the top. <https://www.w3.org/TR/png-3/> */
import { crc32, deflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const TRUECOLOUR = 2

/** A part of the file: its length, its four letters, its content, and a check over both. */
function part(letters: string, content: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(letters), content])
  const framed = Buffer.alloc(named.length + 8)
  framed.writeUInt32BE(content.length, 0)
  framed.set(named, 4)
  framed.writeUInt32BE(crc32(named), named.length + 4)
  return framed
}

export function pngOf(width: number, height: number, pixels: Uint8Array): Buffer {
  const size = Buffer.alloc(13)
  size.writeUInt32BE(width, 0)
  size.writeUInt32BE(height, 4)
  size.set([8, TRUECOLOUR, 0, 0, 0], 8)
  const rows = Buffer.alloc((1 + 3 * width) * height)
  // Each row begins with the number of its filter, 0: the bytes as they are.
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(3 * width * y, 3 * width * (y + 1)), (1 + 3 * width) * y + 1)
  return Buffer.concat([SIGNATURE, part('IHDR', size), part('IDAT', deflateSync(rows)), part('IEND', new Uint8Array(0))])
}
