import { PlatformError } from '../errors.ts'
import { type Route, route } from './rest.ts'
import type { RestTransport } from './rest-routes.ts'
import * as rest from './rest-schemas.ts'

const FILE = '/api/v1/files/:file'

/** Files of jobs: sent by researchers in pieces, read by devices in ranges. */
export const fileRoutes = ({ files, home }: RestTransport): Route[] => [
  route({
    ...{ method: 'get', access: 'required', path: FILE, answer: rest.fileState },
    summary: 'How much of a file is here, by its SHA-256: whoever was interrupted goes on from there',
    answerTo: ({ file, asker }) => files.state(file, asker!.accountId),
  }),
  route({
    ...{ method: 'post', access: 'required', path: FILE, query: rest.filePiece, body: rest.octets, answer: rest.fileState },
    summary: 'Send a piece of a file; answers with what is here of yours, so a piece may be sent twice',
    answerTo: ({ file, query, body, asker }) => {
      const { accountId } = asker!
      return files.take({ accountId, isOperator: accountId === home.accountId }, file, query.bytes, query.offset, body)
    },
  }),
  route({
    ...{ method: 'get', access: 'device', path: `${FILE}/bytes`, answer: rest.octets },
    summary: 'A file that is here as a whole, or the range of it that `Range` names',
    octetsOf: async ({ file }) => {
      const whole = await files.whole(file)
      return { bytes: whole.bytes, tag: file, read: (span) => files.read(whole, span) }
    },
    answerTo: async () => {
      throw new PlatformError('internal', 'Expected bytes to be sent as they are.')
    },
  }),
]
