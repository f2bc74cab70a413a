import { getLineInfo } from 'acorn'
import { DSageError } from '../errors.ts'

/** `shape`: not a function of a kind that can be sent; `syntax` and `notation`: see `line`; `free-variable`: see `variables`. */
export type BundleErrorCode = 'shape' | 'syntax' | 'notation' | 'free-variable' | 'import' | 'no-web-crypto'

/** Code that cannot be sent. */
export class BundleError extends DSageError {
  declare readonly code: BundleErrorCode
  /** The names the code uses and does not declare, in the order of their first use; `this`, `arguments` and `super` may be among them. */
  readonly variables: readonly string[]
  /** Place in the source, both from 1. */
  readonly line: number | undefined
  readonly column: number | undefined

  constructor(code: BundleErrorCode, message: string, details: { readonly variables?: readonly string[]; readonly at?: Place } = {}) {
    super(code, message)
    this.variables = details.variables ?? []
    this.line = details.at?.line
    this.column = details.at?.column
  }
}
/** A place in a source, both numbers from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

export const placeOf = (source: string, offset: number): Place => {
  const { line, column } = getLineInfo(source, offset)
  return { line, column: column + 1 }
}

/** What `read` gives. @throws BundleError `syntax` where the engine's stack does not suffice for the nesting of the source */
export function withinStack<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new BundleError(
      'syntax',
      'Expected code that nests less deeply, got too many operators or brackets inside one another; use a loop or an array.',
    )
  }
}

export function syntaxError(expected: string, source: string, offset: number, reason: string): BundleError {
  const at = placeOf(source, Math.min(offset, source.length))
  return new BundleError('syntax', `Expected ${expected}, got a syntax error at line ${at.line}, column ${at.column}: ${reason}.`, { at })
}
