/** What is known of a device's word, as shapes of JSON. */
import { z } from 'zod'
import { type DeviceStanding, type DifferingAnswers, type JobDifferences, LIMITS } from '../../sdk/protocol.ts'
import { device } from './rest-schemas.ts'
import { count, named, page } from './rest-shape.ts'
import { watchRequest } from './schemas.ts'

const trust = z.strictObject({
  ...{ engineClass: z.string(), state: z.enum(['new', 'probation', 'trusted', 'suspect']) },
  ...{ checks: count, strikes: count, checked: count, returned: count, auditsPassed: count },
})
const shown = z.string().meta({ description: 'As JSON for people: control characters escaped, cut at 1000 characters.' })
const strike = z.strictObject({
  ...{ strike: z.string(), at: count, engineClass: z.string() },
  job: z.strictObject({ job: watchRequest.shape.job, name: z.string() }).optional(),
  unit: z.string().optional().meta({ description: 'Its key.' }),
  given: z.enum(['copy', 'audit', 'sample', 'again']).meta({ description: 'What the device was given the unit for.' }),
  ...{ output: shown, accepted: shown },
  reverted: z.boolean().meta({ description: 'Taken back, since the accepted answer fell.' }),
})
export const standing = named(
  'DeviceStanding',
  z.strictObject({
    ...{ device: watchRequest.shape.job, state: device.shape.state, banReason: z.string().optional(), appeal: z.string().optional() },
    ...{ trust: z.array(trust).readonly(), strikes: z.array(strike).readonly() },
    next: z.string().optional().meta({ description: 'Give it as `after` for the following strikes; absent on the last page.' }),
  }),
) satisfies z.ZodType<DeviceStanding>
const shownText = {
  text: z
    .string()
    .optional()
    .meta({ description: 'As JSON for people: control characters escaped, at most 2048; absent where it is not kept any more.' }),
  truncated: z.boolean().meta({ description: 'Whether some of it is left out.' }),
}
const answer = z.strictObject({ ...shownText, engineClasses: z.array(z.string()).readonly(), devices: count })
const differing: z.ZodType<DifferingAnswers> = z.strictObject({
  unit: z.string().meta({ description: 'Its key.' }),
  place: count.meta({ description: 'Of the first of its inputs for which the answers differ.' }),
  ...{ input: z.strictObject(shownText), answers: z.tuple([answer, answer]).readonly() },
})
export const differences: z.ZodType<JobDifferences> = named(
  'JobDifferences',
  z.strictObject({ differing: differing.optional(), pilotNote: z.string().optional() }),
)
export const standingPage = page.extend({ limit: z.coerce.number().int().min(1).max(50).default(10) })
export const appeal = named('Appeal', z.strictObject({ text: z.string().trim().min(1).max(LIMITS.appealCharacters) }))
