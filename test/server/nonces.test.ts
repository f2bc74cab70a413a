import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { NONCE_MS, Nonces } from '../../server/auth/nonces.ts'

const nonces = new Nonces(randomBytes(32))
const purpose = { publicBlob: randomBytes(51), address: '127.0.0.1:8082' }
const at = 1_800_000_000_000

test('A2 a nonce is good for 60 seconds, and never the same', () => {
  const nonce = nonces.issue(purpose, at)
  expect(nonce).toMatch(/^[\w-]{96}$/)
  expect(nonces.read(nonce, purpose, at + NONCE_MS - 1)).toMatchObject({ issuedAt: at, expiresAt: at + 60_000 })
  expect(nonces.read(nonce, purpose, at + NONCE_MS)).toBeUndefined()
  expect(nonces.issue(purpose, at)).not.toBe(nonce)
})

test('A2 a nonce of another secret, address or key, or with any other character, is none', () => {
  const nonce = nonces.issue(purpose, at)
  expect(new Nonces(randomBytes(32)).read(nonce, purpose, at)).toBeUndefined()
  expect(nonces.read(nonce, { ...purpose, address: '127.0.0.1:8083' }, at)).toBeUndefined()
  expect(nonces.read(nonce, { ...purpose, publicBlob: randomBytes(51) }, at)).toBeUndefined()
  // Where a key ends and an address begins is signed too.
  const [last] = purpose.publicBlob.subarray(-1)
  const moved = { publicBlob: purpose.publicBlob.subarray(0, -1), address: String.fromCharCode(last!) + purpose.address }
  expect(nonces.read(nonce, moved, at)).toBeUndefined()
  for (let i = 0; i < nonce.length; i++) {
    const other = nonce.slice(0, i) + (nonce[i] === 'A' ? 'B' : 'A') + nonce.slice(i + 1)
    expect(nonces.read(other, purpose, at)).toBeUndefined()
  }
  for (const length of [0, 1, 53, 54, 95]) expect(nonces.read(nonce.slice(0, length), purpose, at)).toBeUndefined()
})
