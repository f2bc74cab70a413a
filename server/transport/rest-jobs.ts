import type { EventsAnswer, JobAction } from '../../sdk/protocol.ts'
import { PlatformError } from '../errors.ts'
import { type Asker, unauthorised } from './access.ts'
import { recordAnswer } from './record-answer.ts'
import { type Route, route } from './rest.ts'
import { recordedUnitsOf, resultsOf, storedUnitsOf, unitsOf } from './rest-payloads.ts'
import type { RestTransport } from './rest-routes.ts'
import * as rest from './rest-schemas.ts'
import * as sockets from './schemas.ts'
import { shaped } from './shaped.ts'
import { differences } from './standing-schemas.ts'

const JOBS = '/api/v1/jobs'
const JOB = `${JOBS}/:job`
const mine = { method: 'get', access: 'required' } as const
const read = { method: 'get', access: 'optional' } as const
const write = { method: 'post', access: 'required' } as const

export const jobRoutes = (transport: RestTransport): Route[] => [
  ...readingRoutes(transport),
  ...owningRoutes(transport),
  ...writingRoutes(transport),
  ...adminRoutes(transport),
  ...(['pause', 'resume', 'cancel'] as const).map(controlRoute(transport)),
]

const readingRoutes = (transport: RestTransport): Route[] => [
  route({
    ...{ ...read, path: JOBS, query: rest.page, answer: rest.jobs },
    summary: 'Jobs, newest first; those that are not listed only with the home token',
    answerTo: async ({ query, asker }) => {
      const page = await transport.reading.jobs(query.after, query.limit, asker?.isHome === true)
      return { ...page, rows: [...page.rows] }
    },
  }),
  route({
    ...{ method: 'get', access: 'none', path: JOB, summary: 'One job', answer: rest.snapshot },
    answerTo: ({ job }) => transport.reading.job(job),
  }),
  route({
    ...{ ...read, path: `${JOB}/results`, query: rest.eventsPage, answer: rest.results },
    summary: 'What was decided, in its order; without a credential of a public job only',
    answerTo: async ({ job, query, asker }) => resultsOf(await eventsFor(transport, job, query, asker)),
  }),
]

/** A stranger learns of a job that is not public no more than of one that is not there. */
async function eventsFor(
  { reading, coordinator }: RestTransport,
  job: string,
  query: { readonly after: number; readonly limit: number; readonly newest?: 'true' | undefined; readonly console?: 'true' | undefined },
  asker: Asker | undefined,
): Promise<EventsAnswer> {
  const snapshot = await reading.job(job).catch((error: unknown) => {
    if (error instanceof PlatformError) return undefined
    throw error
  })
  if (snapshot?.visibility !== 'public') {
    await coordinator.jobOf(accountOf(asker), job)
  }
  return query.newest ? reading.newestEvents(job, query.limit) : reading.events(job, query.after, query.limit, query.console === 'true')
}

/** @throws PlatformError `unauthorised` without a credential */
function accountOf(asker: Asker | undefined): number {
  if (!asker) throw unauthorised()
  return asker.accountId
}

const owningRoutes = ({ coordinator, reading }: RestTransport): Route[] => [
  route({
    ...{ ...mine, path: '/api/v1/own-jobs', summary: 'Your own jobs, newest first', query: rest.ownJobsPage, answer: rest.jobs },
    answerTo: async ({ query: { active, ...query }, asker }) => {
      const page = await reading.ownJobs(accountOf(asker), { ...query, ...(active && { active: active === 'true' }) })
      return { ...page, rows: [...page.rows] }
    },
  }),
  route({
    ...{ ...mine, path: `${JOB}/manifest`, summary: 'What your job was submitted as', answer: rest.manifest },
    answerTo: async ({ job, asker }) => {
      const { spec, code } = await reading.manifest(await coordinator.jobOf(accountOf(asker), job))
      return { spec, code: Buffer.from(code).toString() }
    },
  }),
  route({
    ...{ ...mine, path: `${JOB}/units`, summary: 'Units of your job, by their keys', query: rest.unitsPage, answer: rest.storedUnits },
    answerTo: async ({ job, query, asker }) => {
      await coordinator.jobOf(accountOf(asker), job)
      return storedUnitsOf(await reading.units(job, query.after, query.limit))
    },
  }),
  route({
    ...{ ...mine, path: `${JOB}/record`, query: rest.unitsPage, answer: rest.recordedUnits },
    summary: 'Units of your job with results, seeds and holders, by their keys',
    answerTo: async ({ job, query, asker }) => {
      const record = await coordinator.jobOf(accountOf(asker), job)
      return recordedUnitsOf(recordAnswer(record, await reading.unitRecords(job, query.after, query.limit)))
    },
  }),
  route({
    ...{ ...mine, path: `${JOB}/differences`, answer: differences },
    summary: 'Two answers to a unit of your job that differ, of the server’s owner of any job; absent where there are none',
    answerTo: async ({ job, asker }) => {
      if (!asker?.isHome) await coordinator.jobOf(accountOf(asker), job)
      return reading.differences(job)
    },
  }),
]

const writingRoutes = ({ coordinator, reading, reject }: RestTransport): Route[] => [
  route({
    ...{ ...write, path: JOBS, body: rest.submission, answer: rest.snapshot },
    summary: 'Submit a job; a second time it is the same job',
    answerTo: async ({ body, asker }) => {
      const message = { ...body, code: Buffer.from(body.code), units: unitsOf(body.units) }
      const record = await coordinator.submit(accountOf(asker), await shaped(sockets.submitRequest, message, 'body'))
      return reading.job(record.job)
    },
  }),
  route({
    ...{ ...write, path: `${JOB}/units`, summary: 'Add units; those that are there already stay', body: rest.addition, answer: rest.added },
    answerTo: ({ job, body, asker }) =>
      coordinator.add(accountOf(asker), { job, units: unitsOf(body.units), inputsComplete: body.inputsComplete }),
  }),
  route({
    ...{ ...write, path: `${JOB}/drop`, summary: 'Drop units that are no longer wanted', body: rest.dropping, answer: rest.dropped },
    answerTo: async ({ job, body, asker }) => ({ dropped: await coordinator.drop(accountOf(asker), job, body.keys) }),
  }),
  route({
    ...{ ...write, path: `${JOB}/reject`, body: rest.rejection, answer: rest.rejected },
    summary: 'Throw away a result that is wrong: somebody else computes its unit',
    answerTo: ({ job, body, asker }) => reject(accountOf(asker), { job, ...body }),
  }),
]

const adminRoutes = ({ administration, reading }: RestTransport): Route[] => [
  route({
    ...{ method: 'post', access: 'home', path: `${JOB}/price`, body: rest.price, answer: rest.snapshot },
    summary: 'Say what an input is worth of a job that no server could measure; once',
    answerTo: async ({ job, body }) => {
      await administration.price(job, body.creditPerInput)
      return reading.job(job)
    },
  }),
]

const controlRoute =
  ({ coordinator, reading }: RestTransport) =>
  (action: JobAction): Route =>
    route({
      ...{ ...write, path: `${JOB}/${action}`, summary: `${action[0]?.toUpperCase()}${action.slice(1)} a job`, answer: rest.snapshot },
      answerTo: async ({ job, asker }) => {
        await coordinator.control(accountOf(asker), job, action)
        return reading.job(job)
      },
    })
