import type { RemoteError } from './errors.ts'

/** How sure a result is. */
export interface Certainty {
  /** Probability that it is right, 0 to 1, as its holders have earned it; 1 where an own device or `verify` says so, 0 of a unit that was given up. */
  readonly confidence: number
  /** Independent holders that agree. */
  readonly holders: number
}

/** What became of one input. `accepted`: it may still be taken back; `sealed`: it is final, unless its author is caught later. */
export type InputResult<Output, Input> = {
  /** Position of the input, from 0. */
  readonly index: number
  /**
   * The input itself. Always known when the inputs were an array; of other sources while it is among the latest 100,000 inputs and 16 MiB sent,
   * otherwise undefined.
   */
  readonly input: Input | undefined
} & (
  | ({
      readonly state: 'accepted' | 'sealed'
      readonly value: Output
      /** `verify` said yes to it; absent where the job has none. */
      readonly verified?: true
      readonly error?: undefined
    } & Certainty)
  | ({
      readonly state: 'accepted' | 'sealed' | 'failed'
      readonly error: RemoteError
      readonly value?: undefined
      readonly verified?: undefined
    } & Certainty)
  | ({
      readonly state: 'retracted'
      readonly value?: undefined
      readonly verified?: undefined
      readonly error?: undefined
    } & Partial<Record<keyof Certainty, undefined>>)
)

/** An input without a value. */
export type FailedInput<Input> = Extract<InputResult<never, Input>, { readonly error: object }>
