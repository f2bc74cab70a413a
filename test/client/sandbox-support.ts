import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { decodeOutputs, encode, type OutputItem } from '../../sdk/codec.ts'
import type { UnitOutcome, UnitToRun } from '../../web-worker-client/engine/sandbox-thread.ts'
import { descendantsOf } from '../support/descendants.ts'

export const CREATED_AT = Date.UTC(2024, 1, 29, 12, 34, 56, 789)

/** A unit of `code` over `inputs`. */
export function unitOf(code: string, inputs: readonly unknown[], rest: Partial<UnitToRun> = {}): UnitToRun {
  return {
    job: 'a job',
    bundle: createHash('sha256').update(code).digest('hex'),
    code,
    input: encode(inputs),
    seed: new Uint8Array(16),
    createdAt: CREATED_AT,
    timeoutSeconds: 10,
    memoryMegabytes: 64,
    ...rest,
  }
}

/** The outputs; throws what came instead. */
export function outputsOf(outcome: UnitOutcome): OutputItem[] {
  if ('errored' in outcome) throw new Error(`Expected outputs, got ${outcome.errored}: ${outcome.message}`)
  return decodeOutputs(outcome.output)
}
/** The values of outputs without errors. */
export function valuesOf(outcome: UnitOutcome): unknown[] {
  return outputsOf(outcome).map((item) => {
    if ('error' in item) throw new Error(`Expected a value, got ${item.error.name}: ${item.error.message}`)
    return item.value
  })
}
export const erroredOf = (outcome: UnitOutcome): string => ('errored' in outcome ? outcome.errored : 'an output')

export function randomSeed(): Uint8Array {
  const seed = new Uint8Array(randomBytes(16))
  console.log(`seed ${Buffer.from(seed).toString('hex')}`)
  return seed
}

/** Those of them that are sandboxes. */
export const sandboxesOf = (parent: number): number[] =>
  descendantsOf(parent).filter((id) => readFileSync(`/proc/${id}/cmdline`, 'latin1').includes('--permission'))
