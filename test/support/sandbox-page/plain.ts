/** Units and outcomes as they travel between a test and its page: JSON, bytes as base64. */
import type { UnitOutcome, UnitToRun } from '../../../web-worker-client/engine/sandbox-thread.ts'

export interface PlainUnit extends Omit<UnitToRun, 'input' | 'seed' | 'checkpoint'> {
  readonly input: string
  readonly seed: string
  readonly checkpoint?: string | undefined
}
export type PlainOutcome = Record<string, unknown> & { readonly output?: string }

export const base64Of = (bytes: Uint8Array): string => {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text)
}
export const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

export const plainUnit = ({ checkpoint, ...unit }: UnitToRun): PlainUnit => ({
  ...{ ...unit, input: base64Of(unit.input), seed: base64Of(unit.seed) },
  ...(checkpoint && { checkpoint: base64Of(checkpoint) }),
})

/** The inverse of `plainUnit`. */
export const unitOf = ({ input, seed, checkpoint, ...unit }: PlainUnit): UnitToRun => ({
  ...{ ...unit, input: bytesOf(input), seed: bytesOf(seed) },
  ...(checkpoint !== undefined && { checkpoint: bytesOf(checkpoint) }),
})

export const plainOutcome = (outcome: UnitOutcome): PlainOutcome =>
  'output' in outcome ? { ...outcome, output: base64Of(outcome.output) } : { ...outcome }

/** The inverse of `plainOutcome`. */
export const outcomeOf = ({ output, ...rest }: PlainOutcome): UnitOutcome =>
  (output === undefined ? rest : { ...rest, output: bytesOf(output) }) as unknown as UnitOutcome
