/** `atob` and `btoa` as the HTML standard has them, for realms without (https://html.spec.whatwg.org/#atob). */
import { charCodeAt, fromCharCode, NativeError } from './primordials.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const VALUES = new Uint8Array(128).fill(255)
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i

function invalidCharacter(message: string): Error {
  const error = new NativeError(message)
  error.name = 'InvalidCharacterError'
  return error
}

export function btoa(value: unknown): string {
  const text = `${value}`
  let encoded = ''
  for (let i = 0; i < text.length; i += 3) {
    const a = charCodeAt(text, i)
    const b = charCodeAt(text, i + 1)
    const c = charCodeAt(text, i + 2)
    if (a > 255 || b > 255 || c > 255) throw invalidCharacter('btoa: expected characters up to U+00FF.')
    encoded += ALPHABET[a >> 2]! + ALPHABET[((a & 3) << 4) | (b >> 4)]!
    encoded += i + 1 < text.length ? ALPHABET[((b & 15) << 2) | (c >> 6)]! : '='
    encoded += i + 2 < text.length ? ALPHABET[c & 63]! : '='
  }
  return encoded
}

export function atob(value: unknown): string {
  const text = `${value}`
  let kept = ''
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i)
    if (code !== 32 && (code < 9 || code > 13 || code === 11)) kept += text[i]
  }
  let length = kept.length
  if (length % 4 === 0 && kept[length - 1] === '=') length -= kept[length - 2] === '=' ? 2 : 1
  if (length % 4 === 1) throw invalidCharacter('atob: expected base64, got a text of impossible length.')
  let decoded = ''
  for (let i = 0, bits = 0, buffer = 0; i < length; i++) {
    const code = charCodeAt(kept, i)
    const digit = code < 128 ? VALUES[code]! : 255
    if (digit === 255) throw invalidCharacter('atob: expected base64, got a character outside its alphabet.')
    buffer = ((buffer << 6) | digit) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      decoded += fromCharCode((buffer >> bits) & 255)
    }
  }
  return decoded
}
