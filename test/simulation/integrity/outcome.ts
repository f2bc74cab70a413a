/** What one run came to. */
export interface Outcome {
  readonly units: number
  readonly delivered: number
  readonly wrong: number
  readonly leases: number
  readonly sealed: number
  readonly sealedWrong: number
  readonly failed: number
  readonly rounds: number
  /** Identities there were. */
  readonly honest: number
  readonly liars: number
  readonly honestStruck: number
  readonly honestExcluded: number
  readonly liarsExcluded: number
  /** Units an excluded liar had returned by then. */
  readonly unitsToExclusion: readonly number[]
}
