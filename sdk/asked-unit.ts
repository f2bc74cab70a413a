import { encode } from './codec.ts'
import { BadArgument } from './errors.ts'
import type { KeyedUnit, NextJob } from './function-steps.ts'
import { LIMITS } from './protocol.ts'
import { unitKey } from './unit-key.ts'

/** What `nextJob` of the computation called `name` gave, with its key and its input as it is sent. @throws BadArgument */
export async function askedUnit<Input>(name: string, next: NextJob<Input>): Promise<{ unit: KeyedUnit<Input>; bytes: Uint8Array }> {
  if (typeof next !== 'object' || next === null || !Object.hasOwn(next, 'input'))
    throw new BadArgument(
      `${name}: expected nextJob to give { input } or { input, key }, got ${Array.isArray(next) ? 'array' : typeof next}; wrap the input.`,
    )
  const bytes = encode([next.input])
  if (bytes.length > LIMITS.payloadBytes)
    throw new BadArgument(`${name}: expected inputs of at most ${LIMITS.payloadBytes} bytes, got ${bytes.length}; split the unit.`)
  return { unit: { key: next.key ?? (await unitKey(bytes)), input: next.input }, bytes }
}
