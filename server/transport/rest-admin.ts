import { z } from 'zod'
import { LIMITS } from '../../sdk/protocol.ts'
import { type Route, route } from './rest.ts'
import type { RestTransport } from './rest-routes.ts'
import { count, named, next } from './rest-shape.ts'
import { fileId, watchRequest } from './schemas.ts'

const since = z
  .number('expected milliseconds since 1970, of the first result that is computed anew; 0 for all')
  .int()
  .nonnegative()
  .meta({ description: 'Milliseconds since 1970.' })

const reopening = named(
  'Reopening',
  z
    .strictObject({
      device: watchRequest.shape.job.optional().meta({ description: 'Whose results are computed anew; in place of `bundle`.' }),
      bundle: fileId.optional().meta({ description: 'SHA-256 of the code whose results are computed anew, in all its jobs.' }),
      since,
      after: z
        .string()
        .max(LIMITS.nameCharacters + 11)
        .regex(/^\d{1,10}:/, 'expected the `next` of the piece before')
        .optional(),
    })
    .refine(({ device, bundle }) => (device === undefined) !== (bundle === undefined), 'expected either a device or a bundle'),
  'Which results an admin wants computed anew, and where this piece of them begins.',
)
const reopened = named(
  'Reopened',
  z.strictObject({ reopened: count.meta({ description: 'Answers that do not stand any more.' }), next }),
  'What became of one piece; give `next` as `after` until there is none. Repeated, it goes on with what is left.',
)

/** What an admin does to many results at once. */
export const adminRoutes = ({ administration }: RestTransport): Route[] => [
  route({
    ...{ method: 'post', access: 'home', path: '/api/v1/reopen', body: reopening, answer: reopened },
    summary: 'Have results of a device or bundle computed anew: what they decided is retracted, finished jobs run again',
    answerTo: ({ body }) => administration.reopen(body),
  }),
]
