import type { Dialect } from '../dialect.ts'
import * as checkpoints from './checkpoints.ts'
import * as counters from './counters.ts'
import * as credits from './credits.ts'
import * as crowd from './crowd.ts'
import * as forgetting from './forgetting.ts'
import * as leases from './leases.ts'
import * as trust from './trust.ts'
import * as units from './units.ts'

/** SQLite: a transaction is alone (BEGIN IMMEDIATE), so nothing needs a lock. */
export const sqliteDialect: Dialect = {
  clock: null,
  waitingUnits: null,
  walkByIndex: null,
  lockUnits: null,
  lockDevices: null,
  lockJobs: null,
  keepPayloads: null,
  lockPayloads: null,
  ...units,
  ...leases,
  ...counters,
  ...forgetting,
  ...checkpoints,
  ...trust,
  ...crowd,
  ...credits,
}
