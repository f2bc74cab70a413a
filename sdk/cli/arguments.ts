/** Reads what stands on the command line; what is wrong is said in one sentence that names the option. */
import { InvalidArgumentError } from 'commander'
import { parseExpression } from '../functions/factor/expression.ts'

/** A whole number within bounds, as a reader of an option. @throws InvalidArgumentError */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
    return value
  }

/** The address of a server. @throws InvalidArgumentError */
export function serverUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('Expected the address of a server such as http://127.0.0.1:8082.')
  return new URL(text).origin
}

/** How a device is listed. @throws InvalidArgumentError */
export function deviceName(text: string): string {
  if (/^[\w.-]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('Expected 1 to 64 letters, digits, dots, dashes or underscores.')
}

/** An integer as people write it. */
export interface WrittenInteger {
  readonly text: string
  readonly value: bigint
}

/** An integer other than 0 in the usual notation, `11^150+1`. @throws InvalidArgumentError */
export function integerToFactor(text: string): WrittenInteger {
  let value: bigint
  try {
    value = parseExpression(text).value
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`)
  }
  if (value === 0n) throw new InvalidArgumentError('Expected an integer other than 0: every number divides it, so it has no factorisation.')
  return { text: text.trim(), value }
}

/** The words of the command line, where an integer such as `-2^5` must not be taken for an option: a space before it settles that. */
export function guardIntegers(words: readonly string[]): string[] {
  return words.map((word) => (/^-[-+\s]*[\d(]/.test(word) ? ` ${word}` : word))
}
