import type { JobEvent, JobSnapshot } from '../../sdk/protocol.ts'

export type Output = { readonly value: unknown } | { readonly error: { readonly name: string; readonly message: string } }

/** One event of a job as REST gives it: values in JSON. */
export interface ResultEvent extends Omit<JobEvent, 'output'> {
  readonly outputs?: readonly Output[]
}
export interface Results {
  readonly events: readonly ResultEvent[]
  readonly snapshot: JobSnapshot
}
