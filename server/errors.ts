import type { ErrorCode, Refusal } from '../sdk/protocol.ts'

/** HTTP status of each named refusal; sockets carry the code itself. */
export const statusOfError: Readonly<Record<ErrorCode, number>> = {
  'bad-message': 400,
  'message-too-large': 413,
  'unknown-message': 404,
  'out-of-order': 409,
  'client-too-old': 426,
  'client-too-new': 426,
  'forbidden-origin': 403,
  'forbidden-host': 403,
  unauthorised: 401,
  'session-ended': 401,
  'login-expired': 401,
  'too-many-logins': 429,
  'too-many-devices': 429,
  'wrong-device-secret': 403,
  'device-banned': 403,
  superseded: 409,
  'unknown-device': 404,
  'unknown-job': 404,
  'unknown-lease': 404,
  'unknown-team': 404,
  'name-taken': 409,
  'not-your-lease': 403,
  'unknown-bundle': 404,
  'bundle-mismatch': 422,
  'unknown-file': 404,
  'file-mismatch': 422,
  'bad-output': 422,
  'job-closed': 409,
  'job-conflict': 409,
  'bad-transition': 409,
  'server-busy': 503,
  'storage-full': 507,
  'storage-failed': 503,
  'server-stopping': 503,
  'not-found': 404,
  internal: 500,
}

/** A refusal by name: expected, a part of the contract, shown to whoever asked. Everything else thrown is a surprise and logged. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError'
  readonly code: ErrorCode
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, retryAfterMs?: number) {
    super(message)
    this.code = code
    this.retryAfterMs = retryAfterMs
  }

  refusal(): Refusal {
    return { code: this.code, message: this.message, ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }) }
  }
}
