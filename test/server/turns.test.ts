import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { expect, test } from 'vitest'
import { LIMITS } from '../../sdk/protocol.ts'
import { Turns } from '../../server/transport/turns.ts'
import { TestApp, TOKEN } from '../support/app.ts'

const here = new AbortController().signal
/** Whether it has begun, once everything that can happen has. */
const state = async (turn: Promise<(() => void) | undefined>) => {
  let said = 'waits'
  void turn.then((end) => {
    said = end ? 'begun' : 'gone'
  })
  await new Promise((resolve) => setImmediate(resolve))
  return said
}

test('V39 so many read at once, of one asker fewer, and whoever waits is not in the way of others', async () => {
  const turns = new Turns(3, 2)
  const [first, second, third] = [turns.take('a', here), turns.take('a', here), turns.take('a', here)]
  const [other, last] = [turns.take('b', here), turns.take('b', here)]
  expect(await Promise.all([first, second, third, other, last].map(state))).toEqual(['begun', 'begun', 'waits', 'begun', 'waits'])
  const end = (await first)!
  end()
  end()
  expect([await state(third), await state(last)]).toEqual(['begun', 'waits'])
  ;(await other)!()
  expect(await state(last)).toBe('begun')
})

test('V39 whoever goes while waiting leaves its place to others', async () => {
  const turns = new Turns(1, 1)
  const first = (await turns.take('a', here))!
  const going = new AbortController()
  const [gone, next] = [turns.take('b', going.signal), turns.take('c', here)]
  going.abort()
  first()
  expect([await state(gone), await state(next), await state(turns.take('d', going.signal))]).toEqual(['gone', 'begun', 'gone'])
})

test('V39 readers that do not read hold up their own device alone, and only until they go', async () => {
  const app = await TestApp.start()
  const [bytes, piece] = [16 * LIMITS.filePieceBytes, new Uint8Array(LIMITS.filePieceBytes)]
  const hash = createHash('sha256')
  for (let at = 0; at < bytes; at += piece.length) hash.update(piece)
  const path = `/api/v1/files/${hash.digest('hex')}`
  const owner = { authorization: `Bearer ${TOKEN}` }
  for (let at = 0; at < bytes; at += piece.length)
    await fetch(`${app.url}${path}?bytes=${bytes}&offset=${at}`, { method: 'POST', headers: owner, body: piece })
  const { id, secret } = (await app.volunteer()).welcome.device
  const reader = () => {
    const headers = { host: `127.0.0.1:${app.port}`, authorization: `Device ${id}.${secret}` }
    const asking = request({ port: app.port, path: `${path}/bytes`, headers, agent: false }).on('error', () => {})
    asking.end()
    return asking
  }
  const first = Array.from({ length: 8 }, reader)
  await Promise.all(first.map((asking) => once(asking, 'response')))
  const ninth = reader()
  let begun = false
  const answered = once(ninth, 'response').then(() => {
    begun = true
  })
  expect((await (await fetch(`${app.url}${path}/bytes`, { headers: owner })).arrayBuffer()).byteLength).toBe(bytes)
  expect(begun).toBe(false)
  first[0]!.destroy()
  await answered
  for (const asking of [...first, ninth]) asking.destroy()
  await app.close()
})
