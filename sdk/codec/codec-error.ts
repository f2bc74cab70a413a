/** `unsupported-value`: encode, has a `path`; `too-large`: encode; `malformed`: decode, has an `offset`. */
export type CodecErrorCode = 'unsupported-value' | 'too-large' | 'malformed'

/** A value that has no bytes, or bytes that are no value. */
export class CodecError extends Error {
  readonly code: CodecErrorCode
  /** Where in the value, for example `$.a[3].b`; `$` is the value itself. */
  readonly path: string | undefined
  /** Where in the bytes, from 0. */
  readonly offset: number | undefined

  constructor(
    code: CodecErrorCode,
    message: string,
    where: { readonly path?: string; readonly offset?: number; readonly cause?: unknown } = {},
  ) {
    super(message, where.cause === undefined ? undefined : { cause: where.cause })
    this.name = 'CodecError'
    this.code = code
    this.path = where.path
    this.offset = where.offset
  }
}

/** Bytes that are not the canonical form. */
export function malformed(offset: number, expected: string, got: string): CodecError {
  return new CodecError('malformed', `Expected ${expected} at byte ${offset}, got ${got}.`, { offset })
}
