import { type Route, route } from './rest.ts'
import type { RestTransport } from './rest-routes.ts'
import * as shapes from './standing-schemas.ts'

/** Of a text of so many characters as JSON writes it at worst. */
const APPEAL_BYTES = 16 * 1024
const STANDING = '/api/v1/devices/:device/standing'

/** Whose word counts and why: for the device itself, banned or not, and the owner of the server. */
export const standingRoutes = ({ standing }: RestTransport): Route[] => [
  route({
    ...{ method: 'get', access: 'self', path: STANDING, query: shapes.standingPage, answer: shapes.standing },
    summary: 'What a device earned by engine, and its strikes, newest first',
    answerTo: ({ device, query }) => standing.of(device, query.after, query.limit),
  }),
  route({
    ...{
      method: 'post',
      access: 'self',
      path: '/api/v1/devices/:device/appeal',
      body: shapes.appeal,
      bodyBytes: APPEAL_BYTES,
      answer: shapes.standing,
    },
    summary: 'Say something against a strike or a ban; it takes the place of what was said before',
    answerTo: async ({ device, body }) => {
      await standing.appeal(device, body.text)
      return standing.of(device, undefined, 10)
    },
  }),
]
