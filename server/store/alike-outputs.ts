import { alike, type Closeness, decodeOutputs } from '../../sdk/codec.ts'
import type { Alike } from '../core/agreement.ts'
import type { UnitView } from '../core/settle.ts'
import type { Dialect } from './dialect.ts'
import { type Referred, readPayloads } from './payloads.ts'
import type { Sql } from './sql.ts'

/**
 * Which outputs of a unit agree within its job's tolerance; undefined where all have the same bytes, so that only what differs is read and
 * decoded. The unit's limit of different answers bounds how many there can be.
 */
export async function alikeOutputs(
  sql: Sql,
  dialect: Dialect,
  unit: UnitView,
  arrived: readonly Referred[],
  closeness: Closeness,
): Promise<Alike | undefined> {
  const bytesOf = new Map(arrived)
  const known = new Set(unit.leases.flatMap(({ output }) => (output === null || bytesOf.has(output) ? [] : [output])))
  if (known.size + bytesOf.size < 2) return undefined
  const read = await readPayloads(sql, dialect, [...known])
  for (const [i, ref] of [...known].entries()) bytesOf.set(ref, read[i] as Uint8Array)
  const values = new Map<string, unknown>()
  for (const [ref, bytes] of bytesOf) values.set(ref, decodeOutputs(bytes))
  return (one, other) => alike(values.get(one), values.get(other), closeness)
}
