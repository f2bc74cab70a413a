/**
 * One locale for everybody: en-US, UTC (INTEGRITY T6). Every place of the language and of Intl that falls back to the device's locale,
 * time zone or clock gets an explicit one; what job code asks for by name stays as it asked. The native originals are not reachable.
 */
import { append, apply, construct, define, deleteProperty, getOwnPropertyDescriptor } from './primordials.ts'

const LOCALE = 'en-US'
const canonicalLocales = Intl.getCanonicalLocales

/** `locales` with en-US behind them, where the language would put the device's own. */
function orDefault(locales: unknown): string | string[] {
  if (locales === undefined) return LOCALE
  const list = canonicalLocales(locales as string[])
  append(list, LOCALE)
  return list
}

const asTheyAre = (options: unknown): unknown => options

function inUtc(options: unknown): unknown {
  if (options === undefined) return { __proto__: null, timeZone: 'UTC' }
  if (options === null || (options as { timeZone?: unknown }).timeZone !== undefined) return options
  return { __proto__: options, timeZone: 'UTC' }
}

type Service = { readonly prototype: object; readonly supportedLocalesOf: unknown }

/** Puts a constructor over `Intl[name]` that takes `(locales, options)` and is one in all other respects. */
function wrapService(name: string, native: Service): void {
  const adapt = name === 'DateTimeFormat' ? inUtc : asTheyAre
  function Wrapped(this: unknown, locales?: unknown, options?: unknown): object {
    return construct(native as never, [orDefault(locales), adapt(options)], (new.target ?? native) as never) as object
  }
  Object.defineProperty(Wrapped, 'prototype', { value: native.prototype, writable: false })
  Object.defineProperty(Wrapped, 'name', { value: name })
  define(Wrapped, 'supportedLocalesOf', native.supportedLocalesOf)
  define(native.prototype, 'constructor', Wrapped)
  define(Intl, name, Wrapped)
}

/** A DateTimeFormat asked to format nothing formats now: the standing clock's now. */
function wrapFormatting(now: () => number): void {
  const prototype = Intl.DateTimeFormat.prototype
  const nativeFormat = getOwnPropertyDescriptor(prototype, 'format')!.get!
  const nativeParts = prototype.formatToParts
  const format = {
    get format() {
      const bound = apply(nativeFormat, this, []) as (date: unknown) => string
      return (date?: unknown) => bound(date === undefined ? now() : date)
    },
    formatToParts(date?: unknown) {
      return apply(nativeParts, this, [date === undefined ? now() : date])
    },
  }
  Object.defineProperty(prototype, 'format', { get: getOwnPropertyDescriptor(format, 'format')!.get!, configurable: true })
  define(prototype, 'formatToParts', format.formatToParts)
}

/** Wraps a method that takes `(locales, options)`, or `(other, locales, options)` where `before` is 1. */
function wrapMethod(holder: object, name: string, before: 0 | 1, adapt: (options: unknown) => unknown): void {
  const native = (holder as Record<string, unknown>)[name] as (...args: unknown[]) => unknown
  const wrapped = {
    [name](this: unknown, first?: unknown, second?: unknown, third?: unknown): unknown {
      if (before === 1) return apply(native, this, [first, orDefault(second), adapt(third)])
      return apply(native, this, [orDefault(first), adapt(second)])
    },
  }
  define(holder, name, wrapped[name])
}

export function installLocale(now: () => number): void {
  deleteProperty(Intl, 'v8BreakIterator') // of one engine only
  for (const name of Object.getOwnPropertyNames(Intl)) {
    const service = (Intl as unknown as Record<string, Service>)[name]!
    if (typeof service === 'function' && 'supportedLocalesOf' in service) wrapService(name, service)
  }
  wrapFormatting(now)
  wrapMethod(String.prototype, 'localeCompare', 1, asTheyAre)
  wrapMethod(String.prototype, 'toLocaleLowerCase', 0, asTheyAre)
  wrapMethod(String.prototype, 'toLocaleUpperCase', 0, asTheyAre)
  wrapMethod(Number.prototype, 'toLocaleString', 0, asTheyAre)
  wrapMethod(BigInt.prototype, 'toLocaleString', 0, asTheyAre)
  wrapMethod(Date.prototype, 'toLocaleString', 0, inUtc)
  wrapMethod(Date.prototype, 'toLocaleDateString', 0, inUtc)
  wrapMethod(Date.prototype, 'toLocaleTimeString', 0, inUtc)
}
