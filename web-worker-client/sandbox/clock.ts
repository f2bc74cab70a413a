/**
 * Time that stands still (INTEGRITY T6): now is the job's creation time, the time zone is UTC, `performance.now()` is 0. The native
 * Date keeps doing the arithmetic; only what would read the device's clock or its time zone is replaced.
 */
import {
  apply,
  construct,
  define,
  deleteProperty,
  isNotANumber,
  NativeDate,
  NativeTypeError,
  testPattern,
  toNumber,
  uncurry,
} from './primordials.ts'

const timeOf = uncurry<unknown, [], number>(NativeDate.prototype.getTime as () => number)
const utcText = uncurry<Date, [], string>(NativeDate.prototype.toUTCString)
const { UTC: utcTime, parse: nativeParse } = NativeDate
const utcYear = uncurry<Date, [], number>(NativeDate.prototype.getUTCFullYear)
const setUtcYear = uncurry<Date, [number], number>(NativeDate.prototype.setUTCFullYear)
const substring = uncurry<string, [number, number?], string>(String.prototype.substring)
const localFields = (['FullYear', 'Month', 'Date', 'Hours', 'Minutes', 'Seconds', 'Milliseconds'] as const).map((field) =>
  uncurry<Date, [], number>(NativeDate.prototype[`get${field}`]),
)

const ISO_LOCAL_TIME = /^\s*[+-]?\d{4,6}-\d\d(?:-\d\d)?T\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?\s*$/
const ISO_DATE = /^\s*[+-]?\d{4,6}(?:-\d\d(?:-\d\d)?)?\s*$/
const NAMES_A_ZONE = /(?:\b(?:GMT|UTC?|[ECMP][SD]T)\b|Z\s*$|\d\s*[+-]\d{1,2}:?\d\d\b)/i

/** `Date.parse` where a text without a zone means UTC instead of the device's zone. */
function parseAsUtc(text: string): number {
  if (testPattern(ISO_LOCAL_TIME, text)) return nativeParse(`${text}Z`)
  if (testPattern(ISO_DATE, text) || testPattern(NAMES_A_ZONE, text)) return nativeParse(text)
  const zoned = nativeParse(`${text} UTC`)
  if (!isNotANumber(zoned)) return zoned
  const local = new NativeDate(nativeParse(text))
  const at = (i: number) => localFields[i]!(local)
  return utcTime(at(0), at(1), at(2), at(3), at(4), at(5), at(6))
}

/** ToPrimitive with hint "default" (ECMA-262 §7.1.1), which the Date constructor applies to its only argument. */
function primitiveOf(value: unknown): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return value
  const object = value as Record<PropertyKey, unknown>
  const exotic = object[Symbol.toPrimitive]
  const methods = exotic === undefined || exotic === null ? [object.valueOf, object.toString] : [exotic]
  for (let i = 0; i < methods.length; i++) {
    const method = methods[i]
    if (typeof method !== 'function') continue
    const primitive: unknown = apply(method, object, exotic ? ['default'] : [])
    if ((typeof primitive !== 'object' && typeof primitive !== 'function') || primitive === null) return primitive
  }
  throw new NativeTypeError('Cannot convert object to primitive value')
}

function timeOfArgument(value: unknown): number {
  try {
    return timeOf(value)
  } catch {
    const primitive = primitiveOf(value)
    return typeof primitive === 'string' ? parseAsUtc(primitive) : toNumber(primitive)
  }
}

function dateText(date: Date): string {
  const text = utcText(date)
  return text === 'Invalid Date'
    ? text
    : `${substring(text, 0, 3)} ${substring(text, 8, 11)} ${substring(text, 5, 7)}${substring(text, 11, text.length - 13)}`
}
function timeText(date: Date): string {
  const text = utcText(date)
  return text === 'Invalid Date' ? text : `${substring(text, text.length - 12)}+0000 (Coordinated Universal Time)`
}

const zoneMethods = {
  getTimezoneOffset(this: Date) {
    return isNotANumber(timeOf(this)) ? Number.NaN : 0
  },
  toDateString(this: Date) {
    return dateText(this)
  },
  toTimeString(this: Date) {
    return timeText(this)
  },
  toString(this: Date) {
    const day = dateText(this)
    return day === 'Invalid Date' ? day : `${day} ${timeText(this)}`
  },
  getYear(this: Date) {
    return utcYear(this) - 1900
  },
  setYear(this: Date, year: unknown) {
    const whole = toNumber(year) | 0
    return setUtcYear(this, whole >= 0 && whole <= 99 ? 1900 + whole : toNumber(year))
  },
}

/** Installs the clock on `global`; `now()` is asked each time, so the realm can be made before the unit is known. */
export function installClock(global: object, now: () => number): void {
  function SandboxDate(this: unknown, ...parts: unknown[]): unknown {
    const plain = new.target === undefined
    if (plain) return apply(zoneMethods.toString, new NativeDate(now()), [])
    const time = parts.length === 0 ? now() : parts.length === 1 ? timeOfArgument(parts[0]) : (apply(utcTime, undefined, parts) as number)
    return construct(NativeDate, [time], new.target as unknown as () => void)
  }
  const prototype = NativeDate.prototype as unknown as Record<string, unknown>
  define(prototype, 'constructor', SandboxDate)
  Object.defineProperty(SandboxDate, 'prototype', { value: prototype, writable: false })
  Object.defineProperty(SandboxDate, 'name', { value: 'Date' })
  Object.defineProperty(SandboxDate, 'length', { value: 7 })
  define(SandboxDate, 'now', () => now())
  define(SandboxDate, 'parse', (text: unknown) => parseAsUtc(`${text}`))
  define(SandboxDate, 'UTC', utcTime)
  for (const part of ['Date', 'Day', 'FullYear', 'Hours', 'Milliseconds', 'Minutes', 'Month', 'Seconds']) {
    define(prototype, `get${part}`, prototype[`getUTC${part}`])
    if (part !== 'Day') define(prototype, `set${part}`, prototype[`setUTC${part}`])
  }
  for (const name of Object.keys(zoneMethods)) define(prototype, name, zoneMethods[name as keyof typeof zoneMethods])
  deleteProperty(prototype, 'toTemporalInstant')
  define(global, 'Date', SandboxDate)
  define(global, 'performance', { now: () => 0 })
}
