import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { privateKeyOf, signingKeyOf } from '../../sdk/identity/private-key.ts'
import { armored, unarmored } from '../../sdk/identity/ssh-wire.ts'
import { readKey } from '../../sdk/key-files/key-files.ts'
import { makeKeyTexts } from '../../sdk/key-files/key-text.ts'
import { BadKey, connect } from '../../sdk/node.ts'

const NAME = 'OPENSSH PRIVATE KEY'
let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'dsage-keys-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))
const place = (name: string, text: string, mode = 0o600) => {
  const file = join(directory, name)
  writeFileSync(file, text, { mode })
  chmodSync(file, mode)
  return file
}
const generated = (name: string, ...options: string[]) => {
  const file = join(directory, name)
  execFileSync('ssh-keygen', ['-q', '-N', '', '-f', file, ...options])
  return file
}
const { privateKey, publicKey } = await makeKeyTexts('us@test')
const locked = (await makeKeyTexts('us@test', 'open sesame')).privateKey
const rsaPem = () => generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()

test.each([
  [
    'an RSA key in PEM',
    () => place('pem', rsaPem()),
    /pem to be a private key in OpenSSH's format, got rsa private key; make one with `ssh-keygen/,
  ],
  ['an RSA key', () => generated('rsa', '-t', 'rsa', '-b', '1024'), /rsa to be an Ed25519 key, got one of type ssh-rsa; make one with/],
  ['an ECDSA key', () => generated('ecdsa', '-t', 'ecdsa'), /an Ed25519 key, got one of type ecdsa-sha2-nistp256; make one/],
  ['a public key', () => place('public', publicKey), /private key in OpenSSH's format, got a public key; make one with/],
  ['half a key', () => place('half', privateKey.slice(0, 200)), /half to be .* but it is damaged; restore it from a copy, or move it away/],
  ['an empty file', () => place('empty', ''), /but it is damaged; restore it/],
  [
    'a file that others may read',
    () => place('open', privateKey, 0o640),
    /open to be readable by you alone \(0600\), it is 0640; chmod it to 600/,
  ],
  ['no file', () => join(directory, 'absent'), /Expected a key in .*absent, found no such file; run `dsage setup`/],
  ['a directory', () => directory, /readable by you alone|the system says EISDIR/],
  [
    'a key in another cipher',
    () => generated('gcm', '-t', 'ed25519', '-N', 'a passphrase', '-a', '1', '-Z', 'aes256-gcm@openssh.com'),
    /gcm to be encrypted with aes256-ctr, got aes256-gcm@openssh.com; change that with `ssh-keygen -p -Z aes256-ctr`/,
  ],
  [
    'a key with a passphrase, and none',
    () => place('locked', locked),
    /Expected the passphrase of .*locked, got none; give `passphrase`, or set DSAGE_PASSPHRASE/,
  ],
] as const)('A4 %s is refused with what it is and how to mend it', async (_what, file, sentence) => {
  const path = file()
  await expect(readKey(path)).rejects.toThrow(sentence)
  await expect(readKey(path)).rejects.toMatchObject({ name: 'BadKey', code: 'bad-key' })
})

test('A4 a wrong passphrase is told from a damaged key, and asked for three times where somebody is asked', async () => {
  await expect(readKey(place('wrong', locked), 'open barley')).rejects.toThrow(/Expected the passphrase of .*wrong, got another; try again/)
  await expect(readKey(place('cut', locked.replace(/\n.{30}/, '\n')), 'open sesame')).rejects.toThrow(/damaged/)
  const attempts: number[] = []
  const typed = async (where: string, attempt: number) => {
    attempts.push(attempt)
    return where.endsWith('right') && attempt === 3 ? 'open sesame' : 'open barley'
  }
  expect(await readKey(place('right', locked), typed)).toContain(NAME)
  await expect(readKey(place('left', locked), typed)).rejects.toThrow(/left, got another/)
  expect(attempts).toEqual([1, 2, 3, 1, 2, 3])
})

test('A4 a private half of which the public one is missing beside it, or the other way round, is told', async () => {
  place('alone.pub', publicKey)
  await expect(readKey(join(directory, 'alone'))).rejects.toThrow('found no such file beside its public half; bring it here')
})

test('A4 a key with any byte changed is refused, or signs as before', async () => {
  const bytes = unarmored(NAME, privateKey)
  const { seed } = privateKeyOf(privateKey)
  let refused = 0
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.slice()
    changed[i]! ^= 1
    try {
      const key = privateKeyOf(armored(NAME, changed))
      await signingKeyOf(key)
      expect(key.seed).toEqual(seed)
    } catch (error) {
      expect(error, `byte ${i}`).toBeInstanceOf(BadKey)
      refused++
    }
  }
  expect(refused).toBeGreaterThan(200)
})

test('A4 what may be the text of a key is never taken for a path, nor shown', async () => {
  const secret = privateKey.split('\n')[3]!
  for (const text of [privateKey.slice(40), privateKey.replace('OPENSSH', 'RSA'), `-----${privateKey}`]) {
    const error = await connect('http://127.0.0.1:1', { key: text, connectTimeoutMs: 100 }).catch((thrown: Error) => thrown)
    expect(error).toBeInstanceOf(BadKey)
    expect(String((error as Error).stack)).not.toContain(secret)
  }
})

test('A4 a page is told that it takes no key with a passphrase, and how to have one without', () => {
  expect(() => privateKeyOf(locked)).toThrow(/without a passphrase here; decrypt a copy with `ssh-keygen -p -N ''`/)
})

test('A4 a key without a passphrase is read as it is', async () => {
  expect(await readKey(place('good', privateKey), 'not needed')).toBe(readFileSync(join(directory, 'good'), 'utf8'))
})
