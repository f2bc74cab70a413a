/** UTF-8 `TextEncoder` and `TextDecoder` (https://encoding.spec.whatwg.org) for realms without; other encodings are refused. */
import {
  bytesOf,
  charCodeAt,
  fromCharCode,
  NativeRangeError,
  NativeTypeError,
  NativeUint8Array,
  sliceText,
  toWellFormed,
} from './primordials.ts'

function writeUtf8(text: string, put: (byte: number) => void, room = Number.POSITIVE_INFINITY): number {
  let read = 0
  for (let used = 0; read < text.length; ) {
    const code = charCodeAt(text, read)
    const pair = code >= 0xd800 && code < 0xdc00
    const point = pair ? 0x10000 + ((code & 0x3ff) << 10) + (charCodeAt(text, read + 1) & 0x3ff) : code
    const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    if (used + size > room) break
    if (size === 1) put(point)
    if (size === 2) put(0xc0 | (point >> 6))
    if (size === 3) put(0xe0 | (point >> 12))
    if (size === 4) put(0xf0 | (point >> 18))
    for (let left = size - 2; left >= 0; left--) put(0x80 | ((point >> (6 * left)) & 63))
    used += size
    read += pair ? 2 : 1
  }
  return read
}

export class TextEncoder {
  get encoding(): string {
    return 'utf-8'
  }

  encode(text: unknown = ''): Uint8Array {
    const clean = toWellFormed(`${text}`)
    let length = 0
    writeUtf8(clean, () => length++)
    const bytes = new NativeUint8Array(length)
    let at = 0
    writeUtf8(clean, (byte) => {
      bytes[at++] = byte
    })
    return bytes
  }

  encodeInto(text: unknown, target: Uint8Array): { read: number; written: number } {
    const view = bytesOf(target)
    if (view === undefined) throw new NativeTypeError('encodeInto: expected a Uint8Array.')
    let written = 0
    const read = writeUtf8(toWellFormed(`${text}`), (byte) => (view[written++] = byte), view.length)
    return { read, written }
  }
}

/** Length and least second byte, greatest second byte of a sequence by its first byte; 0 for a byte that starts none. */
function sequenceAt(first: number): readonly [length: number, low: number, high: number] {
  if (first >= 0xc2 && first < 0xe0) return [2, 0x80, 0xbf]
  if (first >= 0xe0 && first < 0xf0) return [3, first === 0xe0 ? 0xa0 : 0x80, first === 0xed ? 0x9f : 0xbf]
  if (first >= 0xf0 && first < 0xf5) return [4, first === 0xf0 ? 0x90 : 0x80, first === 0xf4 ? 0x8f : 0xbf]
  return [0, 0, 0]
}

const LABELS = ['utf-8', 'utf8', 'unicode-1-1-utf-8']

export class TextDecoder {
  readonly fatal: boolean
  readonly ignoreBOM: boolean
  #pending: Uint8Array = new NativeUint8Array(0)
  #started = false

  constructor(label: unknown = 'utf-8', options?: { fatal?: boolean; ignoreBOM?: boolean }) {
    const wanted = `${label}`
    let known = false
    for (let i = 0; i < LABELS.length; i++) known ||= lowerCase(wanted) === LABELS[i]
    if (!known) throw new NativeRangeError('TextDecoder: expected utf-8, the only encoding in the sandbox.')
    this.fatal = Boolean(options?.fatal)
    this.ignoreBOM = Boolean(options?.ignoreBOM)
  }

  get encoding(): string {
    return 'utf-8'
  }

  decode(source?: unknown, options?: { stream?: boolean }): string {
    const fresh = source === undefined ? new NativeUint8Array(0) : bytesOf(source)
    if (fresh === undefined) throw new NativeTypeError('decode: expected an ArrayBuffer or a view of one.')
    const bytes = joined(this.#pending, fresh)
    const stream = Boolean(options?.stream)
    const [text, used] = this.#read(bytes, stream)
    this.#pending = joined(new NativeUint8Array(0), bytes, used)
    const first = !this.#started
    this.#started = stream && (this.#started || text.length > 0)
    return first && !this.ignoreBOM && charCodeAt(text, 0) === 0xfeff ? sliceText(text, 1) : text
  }

  #read(bytes: Uint8Array, stream: boolean): readonly [text: string, used: number] {
    let text = ''
    let at = 0
    while (at < bytes.length) {
      const first = bytes[at]!
      if (first < 0x80) {
        text += fromCharCode(first)
        at++
        continue
      }
      const sequence = sequenceAt(first)
      let size = sequence[0] === 0 ? 0 : 1
      let point = first & (0x7f >> sequence[0])
      for (; size > 0 && size < sequence[0]; size++) {
        const next = bytes[at + size]
        if (next === undefined || next < (size === 1 ? sequence[1] : 0x80) || next > (size === 1 ? sequence[2] : 0xbf)) break
        point = (point << 6) | (next & 63)
      }
      if (size > 0 && size < sequence[0] && at + size === bytes.length && stream) break
      text += size > 0 && size === sequence[0] ? fromPoint(point) : this.#replacement()
      at += size > 0 ? size : 1
    }
    return [text, at]
  }

  #replacement(): string {
    if (this.fatal) throw new NativeTypeError('decode: the bytes are not valid UTF-8.')
    return '\ufffd'
  }
}

const fromPoint = String.fromCodePoint
const lowered = Function.prototype.call.bind(String.prototype.toLowerCase) as (text: string) => string
const trimmed = Function.prototype.call.bind(String.prototype.trim) as (text: string) => string
const lowerCase = (text: string) => lowered(trimmed(text))

function joined(head: Uint8Array, tail: Uint8Array, from = 0): Uint8Array {
  const bytes = new NativeUint8Array(head.length + tail.length - from)
  for (let i = 0; i < head.length; i++) bytes[i] = head[i]!
  for (let i = from; i < tail.length; i++) bytes[head.length + i - from] = tail[i]!
  return bytes
}
