import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Session, UsedNonce } from '../../server/store/store.ts'
import { describeStore } from '../support/store-kit.ts'

const HOUR = 3_600_000

describeStore((kit) => {
  const session = async (change: Partial<Session> = {}): Promise<Session> => {
    const accountId = await kit().store.ensureAccount('somebody', 'researcher')
    return { hash: randomBytes(32), accountId, key: 'SHA256:key', issuer: 'SHA256:server', expiresAt: Date.now() + HOUR, ...change }
  }
  const nonce = async (inMs = 60_000): Promise<UsedNonce> => ({ nonce: randomBytes(32), expiresAt: (await kit().store.now()) + inMs })
  const hexOf = ({ hash }: Session) => Buffer.from(hash).toString('hex')

  test('A2 of logins with one nonce, at once or one after the other, a single one opens a session', async () => {
    const used = await nonce()
    const sessions = await Promise.all(Array.from({ length: 8 }, () => session()))
    const opened = await Promise.all(sessions.map((one) => kit().store.openSession(one, used)))
    expect(opened.filter(Boolean)).toHaveLength(1)
    await kit().reopen()
    expect(await kit().store.openSession(await session(), used)).toBe(false)
    const living = await kit().store.livingSessions(sessions.map(hexOf))
    expect(living).toEqual([hexOf(sessions[opened.indexOf(true)]!)])
  })

  test('A2 a nonce that expired between its proof and its use opens none, and is remembered beyond that', async () => {
    expect(await kit().store.openSession(await session(), await nonce(0))).toBe(false)
    const late = await nonce()
    expect(await kit().store.openSession(await session(), late)).toBe(true)
    await kit().rows(`UPDATE "UsedNonce" SET "expiresAt" = "expiresAt" - 120000`)
    expect(await kit().store.openSession(await session(), await nonce())).toBe(true)
    expect(await kit().store.openSession(await session(), late)).toBe(false)
  })

  test('A3 a session is known until it expires; what has expired goes with the next login', async () => {
    const [good, over] = [await session(), await session({ expiresAt: Date.now() - HOUR })]
    for (const one of [good, over]) await kit().store.openSession(one, await nonce())
    expect(await kit().store.findSession(good.hash)).toMatchObject({ accountId: good.accountId, key: good.key, issuer: good.issuer })
    expect(await kit().store.findSession(over.hash)).toBeUndefined()
    expect(await kit().store.livingSessions([hexOf(good), hexOf(over)])).toEqual([hexOf(good)])
    await kit().store.openSession(await session(), await nonce())
    const rows = await kit().rows('SELECT "expiresAt" FROM "Session"')
    expect(rows.every((row) => Number(row.expiresAt) > Date.now() - HOUR)).toBe(true)
  })

  test('A3 sessions of other keys end: those of one server, or all', async () => {
    const [kept, ended, elsewhere] = [
      await session({ key: 'kept' }),
      await session({ key: 'gone' }),
      await session({ key: 'x', issuer: 'other' }),
    ]
    for (const one of [kept, ended, elsewhere]) await kit().store.openSession(one, await nonce())
    const living = () => kit().store.livingSessions([kept, ended, elsewhere].map(hexOf))
    await kit().store.endSessions('SHA256:server', ['kept'])
    expect((await living()).toSorted()).toEqual([hexOf(kept), hexOf(elsewhere)].toSorted())
    await kit().store.endSessions(undefined, ['kept'])
    expect(await living()).toEqual([hexOf(kept)])
  })

  test('A8 servers that ask at once share one secret, which a restart keeps', async () => {
    const other = (await kit().another?.()) ?? kit().store
    const secrets = await Promise.all([kit().store, other, kit().store, other].map((store) => store.secret('a test')))
    await kit().reopen()
    secrets.push(await kit().store.secret('a test'))
    expect(new Set(secrets.map((secret) => Buffer.from(secret).toString('hex'))).size).toBe(1)
    expect(secrets[0]).toHaveLength(32)
    expect(Buffer.from(await kit().store.secret('another'))).not.toEqual(Buffer.from(secrets[0]!))
  })
})
