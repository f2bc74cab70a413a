import type { UnitToRun } from '../../web-worker-client/engine/sandbox-thread.ts'
import { readCheckpoint } from '../../web-worker-client/sandbox/checkpoints.ts'
import { unitOf } from './sandbox-support.ts'

/** Adds random numbers, keeping where it is; an input that has no end runs until it is stopped. */
const CODE = `export const work = (n, ctx) => {
  let { i, sum } = ctx.restored ?? { i: 0, sum: 0 }
  if (i === 0) console.log('begins')
  for (; i < n; i++) {
    if (i % 100_000 === 0) ctx.checkpoint({ i, sum })
    sum += Math.random() + ctx.random()
  }
  const drawn = crypto.getRandomValues(new Uint8Array(5))
  return { sum, drawn, restored: typeof ctx.restored === 'object' && n === 3 }
}`
const SEED = new Uint8Array(16).fill(9)

/** A unit of three inputs that runs in the second one until it is stopped. */
export const endless = (): UnitToRun => unitOf(CODE, [10, Number.POSITIVE_INFINITY, 3], { seed: SEED, timeoutSeconds: 60 })

/** The same unit with an end soon after that checkpoint: from its beginning, and from there. */
export function broken(checkpoint: Uint8Array): { readonly whole: UnitToRun; readonly resumed: UnitToRun } {
  const { i } = readCheckpoint(checkpoint)!.value as { i: number }
  const whole = unitOf(CODE, [10, i + 5000, 3], { seed: SEED, timeoutSeconds: 60 })
  return { whole, resumed: { ...whole, checkpoint } }
}
