/**
 * What a second of this machine is worth. A reference second is the time in which one thread does `ROUNDS_PER_SECOND` rounds of the loop below in
 * the sandbox: about a second of a server's core of 2022. The loop is run beside the code it is to weigh, so that a slow or busy server makes
 * nothing dearer. Rejected: a benchmark at the start of the server, which does not know how busy the machine is when it counts.
 */
import { encode } from '../../sdk/codec.ts'
import type { CheckedOutcome, CheckedUnit } from './check-thread.ts'

export const ROUNDS_PER_SECOND = 4e8
/** Rounds of one measurement: some 20 milliseconds. */
const ROUNDS = 8e6
const MEASUREMENTS = 2

/** Whole numbers, floats and memory, each round hanging on the one before. */
const LOOP = `export const work = (rounds) => {
  const table = new Float64Array(1024)
  let x = 1
  let y = 0.5
  for (let i = 0; i < rounds; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) | 0
    y = y * 0.999 + table[x & 1023]
    table[i & 1023] = y
  }
  return [x, y]
}
`

const unitOf = (rounds: number): CheckedUnit => ({
  ...{ job: 'reference', bundle: 'reference', code: LOOP, input: encode([rounds]), seed: new Uint8Array(16), createdAt: 0 },
  ...{ timeoutSeconds: 10, memoryMegabytes: 16 },
})
const NO_ROUNDS = unitOf(0)
const ALL_ROUNDS = unitOf(ROUNDS)

export interface MachineSpeed {
  /** Reference seconds a second. */
  readonly speed: number
  /** Seconds of a unit that computes nothing, in a realm of its own. */
  readonly emptySeconds: number
}

/** Undefined where this machine cannot run code now. */
export async function measureSpeed(run: (unit: CheckedUnit) => Promise<CheckedOutcome | undefined>): Promise<MachineSpeed | undefined> {
  let [empty, full] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let i = 0; i < MEASUREMENTS; i++) {
    const [nothing, all] = [await run(NO_ROUNDS), await run(ALL_ROUNDS)]
    if (!nothing || !all || 'errored' in nothing || 'errored' in all) return undefined
    empty = Math.min(empty, nothing.seconds)
    full = Math.min(full, all.seconds)
  }
  const seconds = Math.max(full - empty, full / 10)
  return { speed: ROUNDS / ROUNDS_PER_SECOND / seconds, emptySeconds: empty }
}
