/** Between the JSON of REST and the messages of the sockets, which the coordinator's verbs take. */

import { fromJson } from '../../sdk/codec/from-json.ts'
import { written } from '../../sdk/codec/to-json.ts'
import { CodecError, decode, decodeOutputs, encode } from '../../sdk/codec.ts'
import { type EventsAnswer, type JobEvent, LIMITS, type RecordAnswer, type UnitSpec, type UnitsAnswer } from '../../sdk/protocol.ts'
import { PlatformError } from '../errors.ts'
import type { RecordedUnits, RestUnit, Results, StoredUnits } from './rest-schemas.ts'

/** Characters of the codec's sentence that are sent: the path in it may be as long as the keys on it. */
const SENTENCE = 1000

/** @throws PlatformError `bad-message` naming the unit and the place in its inputs */
export const unitsOf = (units: readonly RestUnit[]): UnitSpec[] =>
  units.map(({ key, inputs }, i) => ({ key, input: inputOf(inputs, i), inputs: inputs.length }))

function inputOf(inputs: readonly unknown[], unit: number): Uint8Array {
  try {
    return encode(inputs.map(fromJson), { maxBytes: LIMITS.payloadBytes })
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
    throw new PlatformError('bad-message', `at units.${unit}.inputs: ${error.message.slice(0, SENTENCE)}`)
  }
}

export const resultsOf = ({ events, snapshot }: EventsAnswer): Results => ({ events: events.map(eventOf), snapshot })

const eventOf = ({ output, ...event }: JobEvent): Results['events'][number] => ({
  ...event,
  ...(output && { outputs: outputsOf(output) }),
})

const outputsOf = (output: Uint8Array) => decodeOutputs(output).map((item) => ('error' in item ? item : { value: written(item.value) }))

export const storedUnitsOf = ({ units, ...rest }: UnitsAnswer): StoredUnits => ({
  ...rest,
  units: units.map(({ key, input, state }) => ({ key, inputs: (decode(input) as unknown[]).map(written), state })),
})

export const recordedUnitsOf = ({ units, ...rest }: RecordAnswer): RecordedUnits => ({
  ...rest,
  units: units.map(({ key, input, inputs: _count, output, seed, leases, state }) => ({
    ...{ key, state, inputs: (decode(input) as unknown[]).map(written) },
    ...{ seed: Buffer.from(seed).toString('hex'), leases: [...leases] },
    ...(output && { outputs: outputsOf(output) }),
  })),
})
