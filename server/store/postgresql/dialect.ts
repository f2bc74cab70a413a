import type { Dialect } from '../dialect.ts'
import * as checkpoints from './checkpoints.ts'
import * as counters from './counters.ts'
import * as credits from './credits.ts'
import * as crowd from './crowd.ts'
import * as forgetting from './forgetting.ts'
import * as leases from './leases.ts'
import * as trust from './trust.ts'
import * as units from './units.ts'

/** PostgreSQL: many servers at once, so rows are locked in the order of ids before they are read for a decision. */
export const postgresqlDialect: Dialect = {
  ...units,
  ...leases,
  ...counters,
  ...forgetting,
  ...checkpoints,
  ...trust,
  ...crowd,
  ...credits,
}
