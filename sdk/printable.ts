/** Text from a device or another person, made safe for a terminal. */

// Controls, line and paragraph separators, and the marks that reorder text on screen.
const unprintable = /[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/gu

/** `text` with its control and reordering characters as `\u{…}` escapes. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
}

/** A value from a device on one line, escaped and cut to `most` characters. */
export function show(value: unknown, most = 200): string {
  const text = printable(describe(value))
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}

function describe(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? JSON.stringify(value) : String(value)
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`
  if (value instanceof Map || value instanceof Set) return `${value.constructor.name} of ${value.size}`
  return JSON.stringify(value, (_key, inner) => said(inner)) ?? String(value)
}

/** What JSON has no form for, as text. */
function said(inner: unknown): unknown {
  if (typeof inner === 'bigint') return `${inner}n`
  return typeof inner === 'number' && !Number.isFinite(inner) ? String(inner) : inner
}
