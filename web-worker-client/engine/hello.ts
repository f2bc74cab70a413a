import { type Hello, PROTOCOL_VERSION } from '../../sdk/protocol.ts'
import type { EngineOptions } from './engine-options.ts'
import type { Identity } from './identity.ts'

export interface Greeting extends Pick<EngineOptions, 'kind' | 'engine' | 'name'> {
  readonly threads: number
  readonly identity: Identity | undefined
  readonly session: string | undefined
  readonly held: readonly string[]
}

/** The first message of each connection. */
export const helloOf = ({ kind, engine, threads, name, identity, session, held }: Greeting): Hello => ({
  ...{ protocol: PROTOCOL_VERSION, kind, engine, threads, held },
  ...(name !== undefined && { name }),
  ...(identity && { device: identity }),
  ...(session !== undefined && { session }),
})
