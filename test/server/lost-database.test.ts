import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { io } from 'socket.io-client'
import { expect, test } from 'vitest'
import { encode } from '../../sdk/codec.ts'
import { logIn } from '../../sdk/identity/key-login.ts'
import * as parser from '../../sdk/packet-parser.ts'
import { type Answer, type JobSnapshot, PROTOCOL_VERSION } from '../../sdk/protocol.ts'
import { ServerProcess } from '../simulation/server-process.ts'
import { freshPostgresql } from '../support/postgresql.ts'
import { CODE, jobSpec } from '../support/store-kit.ts'

test('V8 a server whose PostgreSQL drops every connection says so by name and goes on', async () => {
  const home = mkdtempSync(join(tmpdir(), 'dsage-lost-'))
  const url = await freshPostgresql()
  const server = await ServerProcess.start(home, url)
  const beside = new pg.Client(url)
  await beside.connect()
  const auth = { protocol: PROTOCOL_VERSION, session: (await logIn(server.url, readFileSync(join(home, 'dsage_key'), 'utf8'))).session }
  const socket = io(`${server.url}/researcher`, { parser, auth, transports: ['websocket'], forceNew: true })
  const submit = (): Promise<Answer<JobSnapshot>> =>
    socket.emitWithAck('submit', {
      spec: jobSpec(),
      code: CODE,
      units: [{ key: '0', input: encode([1]), inputs: 1 }],
      inputsComplete: true,
    })
  try {
    expect((await submit()).error).toBeUndefined()
    const codes: (string | undefined)[] = []
    for (let round = 0; round < 3; round++) {
      const storm = Array.from({ length: 5 }, submit)
      await beside.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      )
      codes.push(...(await Promise.all(storm)).map(({ error }) => error?.code))
    }
    expect(new Set(codes.filter((code) => code !== undefined && code !== 'storage-failed'))).toEqual(new Set())
    await expect.poll(async () => (await submit()).error?.code, { timeout: 10_000 }).toBeUndefined()
    expect((await fetch(`${server.url}/api/v1/jobs`)).status).toBe(200)
    await expect.poll(async () => (await fetch(`${server.url}/healthz`)).status).toBe(200)
  } finally {
    socket.disconnect()
    await beside.end()
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
})
