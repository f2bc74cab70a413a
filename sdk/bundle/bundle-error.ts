import { getLineInfo } from 'acorn'
import { DSageError } from '../errors.ts'

/**
 * `shape`: not of a kind that can be sent; `syntax`, `notation` and `import`: see `line`; `free-variable`: see `variables`; `vars`: a name or value that
 * cannot travel; `too-large`: code and data beyond what a bundle holds.
 */
export type BundleErrorCode = 'shape' | 'syntax' | 'notation' | 'free-variable' | 'import' | 'vars' | 'too-large' | 'no-web-crypto'

/** Code that cannot be sent. */
export class BundleError extends DSageError {
  declare readonly code: BundleErrorCode
  /** The names the code uses and does not declare, in the order of their first use; `this`, `arguments` and `super` may be among them. */
  readonly variables: readonly string[]
  /** Place in the source, both from 1: of a function or a text in itself, of a module in `file`. */
  readonly line: number | undefined
  readonly column: number | undefined
  /** The file that `line` is of, or else the place of the call that gave the function, `file:line:column`, where that is known. */
  readonly file: string | undefined

  constructor(code: BundleErrorCode, message: string, details: Details = {}) {
    super(code, message)
    this.variables = details.variables ?? []
    this.line = details.at?.line
    this.column = details.at?.column
    this.file = details.file
  }
}

interface Details {
  readonly variables?: readonly string[]
  readonly at?: Place
  readonly file?: string
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
