/** UTF-16 strings <-> UTF-8 bytes without TextEncoder, which an isolate does not have. */
import { apply, charCodeAt, fromCharCode, min } from './captured.ts'

/** Length of `text` in UTF-8, or -1 when it holds a lone surrogate. */
export function utf8Length(text: string): number {
  const units = text.length
  let length = units
  for (let i = 0; i < units; i++) {
    const unit = charCodeAt(text, i)
    if (unit < 0x80) continue
    if (unit < 0x800) length += 1
    else if (unit < 0xd800 || unit > 0xdfff) length += 2
    else {
      const next = i + 1 < units ? charCodeAt(text, i + 1) : 0
      if (unit > 0xdbff || next < 0xdc00 || next > 0xdfff) return -1
      length += 2
      i += 1
    }
  }
  return length
}

/** Writes well-formed `text` from `at` on. */
export function writeUtf8(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) {
    let point = charCodeAt(text, i)
    if (point < 0x80) {
      bytes[at++] = point
      continue
    }
    if (point < 0x800) bytes[at++] = 0xc0 | (point >>> 6)
    else {
      if (point >= 0xd800 && point <= 0xdfff) {
        point = ((point & 0x3ff) << 10) + (charCodeAt(text, ++i) & 0x3ff) + 0x10000
        bytes[at++] = 0xf0 | (point >>> 18)
        bytes[at++] = 0x80 | ((point >>> 12) & 0x3f)
      } else bytes[at++] = 0xe0 | (point >>> 12)
      bytes[at++] = 0x80 | ((point >>> 6) & 0x3f)
    }
    bytes[at++] = 0x80 | (point & 0x3f)
  }
}

/** Order of the UTF-8 encodings of two strings with their CBOR headers: the shorter one first, then by bytes. */
export function compareAsEncoded(a: string, b: string): number {
  const difference = utf8Length(a) - utf8Length(b)
  if (difference !== 0) return difference
  const units = min(a.length, b.length)
  for (let i = 0; i < units; i++) {
    const x = charCodeAt(a, i)
    const y = charCodeAt(b, i)
    if (x !== y) return byteRank(x) - byteRank(y)
  }
  return 0
}
/** Surrogates stand for code points above U+FFFF, so in UTF-8 they come after U+E000 to U+FFFF. */
const byteRank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)

/** Offset of the first byte between `start` and `end` that is not UTF-8 (overlong forms and surrogates included), or -1. */
export function findBadUtf8(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end) {
    const lead = bytes[at]!
    if (lead < 0x80) {
      at += 1
      continue
    }
    const more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1
    if (lead < 0xc2 || lead > 0xf4 || at + more >= end) return at
    const second = bytes[at + 1]!
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    if (second < least || second > most) return at
    for (let i = 2; i <= more; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return at
    at += more + 1
  }
  return -1
}

/** Code units turned into text at a time; engines limit the arguments of one call. */
const UNITS = 4096
/** Shorter texts are joined character by character, which needs no array. */
const SHORT = 24

/** The text of bytes that are known to be UTF-8. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT) {
    let text = ''
    let at = start
    while (at < end && bytes[at]! < 0x80) text += fromCharCode(bytes[at++]!)
    if (at === end) return text
  }
  const units = new Uint16Array(min(end - start, UNITS))
  let text = ''
  let filled = 0
  for (let at = start; at < end; ) {
    if (filled > UNITS - 2) {
      text += textOf(units, filled)
      filled = 0
    }
    const lead = bytes[at]!
    if (lead < 0x80) {
      units[filled++] = lead
      at += 1
    } else if (lead < 0xe0) {
      units[filled++] = ((lead & 0x1f) << 6) | (bytes[at + 1]! & 0x3f)
      at += 2
    } else if (lead < 0xf0) {
      units[filled++] = ((lead & 0x0f) << 12) | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f)
      at += 3
    } else {
      const upper = ((lead & 0x07) << 18) | ((bytes[at + 1]! & 0x3f) << 12) | ((bytes[at + 2]! & 0x3f) << 6) | (bytes[at + 3]! & 0x3f)
      units[filled++] = 0xd800 + ((upper - 0x10000) >>> 10)
      units[filled++] = 0xdc00 + (upper & 0x3ff)
      at += 4
    }
  }
  return text + textOf(units, filled)
}

const textOf = (units: Uint16Array, count: number): string =>
  apply(fromCharCode, undefined, new Uint16Array(units.buffer as ArrayBuffer, 0, count) as unknown as number[])
