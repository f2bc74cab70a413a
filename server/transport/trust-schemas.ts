/** What is said of how results are checked, as shapes of JSON. */
import { z } from 'zod'
import type { JobChecking } from '../../sdk/protocol.ts'
import { jobSpec } from './schemas.ts'

const count = z.number().int().nonnegative()

/** The part of a job's snapshot that says how its results are checked. */
export const jobChecking = {
  redundancy: jobSpec.shape.redundancy,
  unitsAlone: count.meta({ description: "Accepted units that stand on one holder's word: not sealed yet." }),
  audits: count.meta({ description: 'Leases given to check what was decided.' }),
  wasted: count.meta({ description: 'Answers that were thrown away.' }),
  engineClass: z.string().optional().meta({ description: 'The engine that all its copies are given to.' }),
  verify: z.literal(true).optional().meta({ description: 'Its `verify` is asked of each output, and what that says decides.' }),
  engineSensitive: z.literal(true).optional().meta({ description: 'Engines were seen to differ in it.' }),
  closingSince: count.optional().meta({ description: 'Milliseconds since 1970; while what stands on single words is sampled.' }),
} satisfies { [Key in keyof JobChecking]-?: z.ZodType<JobChecking[Key]> }
