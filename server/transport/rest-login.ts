import { type Route, route } from './rest.ts'
import type { RestTransport } from './rest-routes.ts'
import * as rest from './rest-schemas.ts'

const LOGIN = '/api/v1/login'
/** Whoever asks is a stranger still. */
const asked = { method: 'post', access: 'patience', bodyBytes: 8192 } as const

/** Logging in with a key: a challenge, then a session for its signature. */
export const loginRoutes = ({ logins }: RestTransport): Route[] => [
  route({
    ...{ ...asked, path: `${LOGIN}/challenge`, body: rest.challengeRequest, answer: rest.challenge },
    summary: 'A nonce for a login with this key, good for one use within 60 seconds',
    answerTo: ({ body, address }) => logins.challenge(body, address),
  }),
  route({
    ...{ ...asked, path: LOGIN, provesKey: true, body: rest.login, answer: rest.session },
    summary: 'A session for the signature of the login text',
    answerTo: ({ proved }) => logins.open(proved!),
  }),
]
