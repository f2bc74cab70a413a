import type { RemoteError } from './errors.ts'

/** What became of one input. */
export type InputResult<Output, Input> = {
  /** Position of the input, from 0. */
  readonly index: number
  /**
   * The input itself. Always known when the inputs were an array; of other sources while it is among the latest 100,000 inputs and 16 MiB sent,
   * otherwise undefined.
   */
  readonly input: Input | undefined
} & (
  | {
      readonly state: 'accepted' | 'sealed'
      readonly value: Output
      /** `verify` said yes to it; absent where the job has none. */
      readonly verified?: true
      readonly error?: undefined
    }
  | {
      readonly state: 'accepted' | 'sealed' | 'failed'
      readonly error: RemoteError
      readonly value?: undefined
      readonly verified?: undefined
    }
  | { readonly state: 'retracted'; readonly value?: undefined; readonly verified?: undefined; readonly error?: undefined }
)

/** An input without a value. */
export type FailedInput<Input> = Extract<InputResult<never, Input>, { readonly error: object }>
