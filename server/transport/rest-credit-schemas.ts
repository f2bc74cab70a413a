/** What REST takes and gives of credit and teams. */
import { z } from 'zod'
import {
  type AccountCredit,
  type CreditRules,
  type DeviceCredit,
  type HeldJob,
  type LedgerRow,
  LIMITS,
  type Page,
  type PendingCredit,
  type TeamRow,
} from '../../sdk/protocol.ts'
import { count, instant, named, next, page } from './rest-shape.ts'
import { watchRequest } from './schemas.ts'

const { job: id } = watchRequest.shape
const amount = z.number().nonnegative()
const standing = {
  credit: amount.meta({ description: 'Reference seconds of sealed results.' }),
  cobblestones: amount.meta({ description: 'The same, 200 for a day of a GFLOPS: an estimate.' }),
  recentAverage: amount.meta({ description: 'Credit a day, with a half-life of seven days.' }),
  results: count,
  badges: z.array(z.string()).meta({ description: 'Ids, see /api/v1/credit/rules.' }),
}
const pending = amount.meta({ description: 'What is not sealed yet, of the newest leases: computed, not booked.' })
const account = z.strictObject({ account: z.string(), team: z.string().optional(), ...standing }) satisfies z.ZodType<AccountCredit>
const device = z.strictObject({
  ...{ device: id, name: z.string(), kind: z.enum(['browser', 'headless']), own: z.boolean() },
  ...standing,
}) satisfies z.ZodType<DeviceCredit>

export const accountCredit = named('AccountCredit', account.extend({ pending })) satisfies z.ZodType<AccountCredit & PendingCredit>
export const deviceCredit = named('DeviceCredit', device.extend({ pending })) satisfies z.ZodType<DeviceCredit & PendingCredit>
export const team = named(
  'Team',
  z.strictObject({ team: id, name: z.string(), members: count, createdAt: instant, ...standing }),
) satisfies z.ZodType<TeamRow>

const pageOf = <Row extends z.ZodType>(name: string, row: Row) => named(name, z.strictObject({ rows: z.array(row), next }))
export const accountLeaders = pageOf('AccountLeaders', account) satisfies z.ZodType<Page<AccountCredit>>
export const deviceLeaders = pageOf('DeviceLeaders', device) satisfies z.ZodType<Page<DeviceCredit>>
export const teams = pageOf('Teams', team) satisfies z.ZodType<Page<TeamRow>>

export const ledger = pageOf(
  'Ledger',
  z.strictObject({
    ...{ row: count, lease: count, n: count.meta({ description: 'Even ones grant, odd ones take back.' }) },
    job: id.nullable().meta({ description: 'Null where it is not listed or was forgotten.' }),
    ...{ device: id, account: z.string().nullable(), team: id.nullable(), kind: z.enum(['listed', 'own']) },
    microcredits: z.number().int().meta({ description: 'Millionths of a credit, negative where it is taken back.' }),
    ...{ grantedAt: instant, createdAt: instant },
  }),
) satisfies z.ZodType<Page<LedgerRow>>
/** Text that is written while it is read. */
export const csv = z.string().meta({ contentType: 'text/csv' })
export const jsonLines = z.string().meta({ contentType: 'application/x-ndjson' })

export const heldJobs = pageOf(
  'HeldJobs',
  z.strictObject({ job: id, name: z.string(), owner: z.string(), creditPerInput: amount, unitSeconds: amount }),
) satisfies z.ZodType<Page<HeldJob>>
export const creditRules = named(
  'CreditRules',
  z.strictObject({
    ...{ halfLifeDays: amount, cobblestonesPerCredit: amount },
    referenceGflops: amount.meta({ description: 'Of the reference computer: an estimate.' }),
    badges: z.array(z.strictObject({ id: z.string(), name: z.string(), earnedBy: z.string() })),
  }),
) satisfies z.ZodType<CreditRules>
export const released = named('Released', z.strictObject({ released: z.boolean() }))

export const newTeam = named(
  'NewTeam',
  z.strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(LIMITS.nameCharacters)
      .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, 'expected a name without control characters'),
  }),
)
/** `?after=` and `?limit=` of an order by credit, and of the ledger by its rows. */
export const leadersPage = page.extend({
  after: z
    .string()
    .regex(/^\d{1,19}-\d{1,10}$/, 'expected the `next` of the page before')
    .optional(),
})
const ledgerAfter = z
  .string()
  .regex(/^\d{1,16}$/, 'expected the number of a row')
  .optional()
export const ledgerPage = z.strictObject({ after: ledgerAfter, limit: z.coerce.number().int().min(1).max(1000).default(100) })
export const ledgerFrom = z.strictObject({ after: ledgerAfter })
