import type { RecordAnswer } from '../../sdk/protocol.ts'
import { seedOfUnit } from '../../sdk/seed.ts'
import type { JobRecord } from '../coordinator.ts'
import { ordinalOf } from '../ordinal.ts'
import type { Reading } from '../reading.ts'

/** The units with the seeds that their devices were given. */
export const recordAnswer = (job: JobRecord, { units, ...rest }: Awaited<ReturnType<Reading['unitRecords']>>): RecordAnswer => ({
  ...rest,
  units: units.map((unit) => ({ ...unit, seed: seedOfUnit(job.seed, ordinalOf(job, unit.key)) })),
})
