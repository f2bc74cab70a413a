import type { ErrorCode } from '../../sdk/protocol.ts'
import type { Outcome } from '../core/record-arrival.ts'
import type { Arrival, CheckVerdict } from '../core/settle.ts'

/** Something that happened to a lease; `by` is the device that says so, null for the server. */
export interface LeaseReport {
  readonly lease: string
  readonly by: number | null
  readonly report:
    | {
        readonly kind: 'output'
        readonly output: Uint8Array
        readonly items: number
        readonly errors: number
        readonly seconds: number
        /** What the code printed, and where it first threw; kept beside the output. */
        readonly console?: string | undefined
        readonly stack?: string | undefined
        /** Other units of its job had run in its realm before. */
        readonly reused?: true | undefined
      }
    | { readonly kind: 'errored'; readonly reason: Extract<Arrival, { kind: 'errored' }>['reason']; readonly message: string }
    | { readonly kind: 'released' | 'expired' | 'revoked' }
    | { readonly kind: 'checked'; readonly verdict: CheckVerdict; readonly why: string }
    | { readonly kind: 'rejected'; readonly why: string }
    | { readonly kind: 'restored' }
    | { readonly kind: 'reopened' }
}
export type ReportOutcome = Outcome | Extract<ErrorCode, 'unknown-lease' | 'not-your-lease'>
