import { Rational, type Value } from '../math.ts'
import { printable, show } from '../printable.ts'

/** A value for people: numbers of the usual notation as it writes them, of JavaScript's what `show` says, strings as they are. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return printable(value)
  return isMathematical(value) ? notationOf(value) : show(value, Number.POSITIVE_INFINITY)
}

const isMathematical = (value: unknown): value is Value =>
  typeof value === 'bigint' || value instanceof Rational || (Array.isArray(value) && value.every(isMathematical))

const notationOf = (value: Value): string =>
  Array.isArray(value) ? `[${value.map(notationOf).join(', ')}]` : String(value as Exclude<Value, readonly Value[]>)
