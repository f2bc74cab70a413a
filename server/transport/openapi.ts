import { z } from 'zod'
import type { Route } from './rest.ts'
import { octets, refusal, shapes } from './rest-schemas.ts'
import { contentTypeOf } from './rest-shape.ts'

type Json = Readonly<Record<string, unknown>>
const SHAPES = '#/components/schemas/'

/** The routes as an OpenAPI 3.1 document: <https://spec.openapis.org/oas/v3.1.1>. */
export function openApiOf(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) (paths[route.path.replace(/:(\w+)/, '{$1}')] ??= {})[route.method] = operationOf(route)
  const { schemas } = z.toJSONSchema(shapes, { io: 'input', uri: (id) => SHAPES + id })
  return {
    openapi: '3.1.0',
    info: { title: 'DSage', version, description: 'Everything of DSage that is not a stream. Streams are sockets: see sdk/protocol.ts.' },
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema])),
      securitySchemes: {
        session: { type: 'http', scheme: 'bearer', description: 'The session that POST /api/v1/login gives.' },
        home: { type: 'http', scheme: 'bearer', description: 'The token of the server’s home directory.' },
        device: { type: 'http', scheme: 'Device', description: '`<id>.<secret>` as the device’s first `hello` was answered.' },
      },
    },
  }
}

function operationOf(route: Route): Json {
  const parameters = [...ids.filter(({ name }) => route.path.includes(`:${name}`)), ...(route.query ? parametersOf(route.query) : [])]
  const answer = { description: route.summary, ...contentOf(route.answer) }
  return {
    ...{ operationId: operationId(route), summary: route.summary },
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: { required: true, ...contentOf(route.body) } }),
    ...securityOf(route),
    responses: {
      ...{ 200: answer, ...(route.statusOf && { 503: answer }) },
      default: { description: 'Refused by name; `Retry-After` says when trying again can help', ...contentOf(refusal) },
    },
  }
}

function securityOf({ access }: Route): Json {
  if (access === 'none' || access === 'patience') return {}
  const ways = [
    ...(access === 'home' || access === 'self' ? [] : [{ session: [] }]),
    { home: [] },
    ...(takesDevice(access) ? [{ device: [] }] : []),
  ]
  return { security: [...(access === 'optional' ? [{}] : []), ...ways] }
}

const id = (name: string, description: string, digits = 32) => ({
  ...{ name, in: 'path', required: true, description },
  schema: { type: 'string', pattern: `^[0-9a-f]{${digits}}$` },
})
const ids = [
  id('job', 'The id its submitter gave it.'),
  id('device', 'The id the server gave it.'),
  id('team', 'The id the server gave it.'),
  id('file', 'SHA-256 of its bytes.', 64),
]

function parametersOf(query: z.ZodObject): Json[] {
  const { properties = {} } = z.toJSONSchema(query, { io: 'input' })
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }))
}

/** @throws Error for a shape without a name */
function contentOf(schema: z.ZodType): Json {
  if (schema === octets) return { content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } }
  const type = contentTypeOf(schema)
  if (type !== 'application/json') return { content: { [type]: { schema: { type: 'string' } } } }
  const id = shapes.get(schema)?.id
  if (id === undefined) throw new Error('Expected every body and answer of a route to be a named shape of rest-schemas.ts.')
  return { content: { 'application/json': { schema: { $ref: SHAPES + id } } } }
}

const operationId = ({ method, path }: Route): string =>
  method + path.replace(/^\/api\/v1/, '').replace(/[/:.]+(\w)/g, (_match, letter: string) => letter.toUpperCase())

const takesDevice = (access: Route['access']): boolean => access === 'device' || access === 'self'
