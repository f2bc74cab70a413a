import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../sdk/dsage.ts'
import { privateKeyOf, signingKeyOf } from '../../sdk/identity/private-key.ts'
import { signText } from '../../sdk/identity/ssh-signature.ts'
import { armored, unarmored } from '../../sdk/identity/ssh-wire.ts'
import { readKey } from '../../sdk/key-files/key-files.ts'
import { makeKeyTexts } from '../../sdk/key-files/key-text.ts'
import { type Challenge, LOGIN_NAMESPACE, loginText } from '../../sdk/protocol.ts'
import { AuthorizedKeys } from '../../server/auth/authorized-keys.ts'
import { Logins } from '../../server/auth/logins.ts'
import { Sessions } from '../../server/auth/sessions.ts'
import { addressRange, Networks } from '../../server/networks.ts'
import { asks, TestApp } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'

let app: TestApp
let directory: string
let ahead = 0
beforeAll(async () => {
  app = await TestApp.start({ clock: () => Date.now() + ahead })
  directory = mkdtempSync(join(tmpdir(), 'dsage-login-'))
})
afterAll(async () => {
  await app.close()
  rmSync(directory, { recursive: true, force: true })
})

/** A key that the real ssh-keygen made and the server lets in; its path. */
function keyOf(name: string, passphrase = ''): string {
  const file = join(directory, name)
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', `${name}@test`, '-f', file])
  appendFileSync(app.authorizedKeys, readFileSync(`${file}.pub`), { mode: 0o600 })
  return file
}
const post = async (path: string, body: object, at = app.url) => {
  const answer = await fetch(`${at}/api/v1/${path}`, { method: 'POST', body: JSON.stringify(body) })
  return { status: answer.status, headers: answer.headers, body: await answer.json() }
}
const refusal = (code: string, status = 401) => ({ status, body: { error: { code } } })
const publicKeyOf = (file: string) => readFileSync(`${file}.pub`, 'utf8').trim()
const challengeFor = async (file: string, at = app.url) =>
  (await post('login/challenge', { publicKey: publicKeyOf(file) }, at)).body as Challenge
/** What ssh-keygen signs. */
const signatureOf = (file: string, input: string, namespace = LOGIN_NAMESPACE) =>
  execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', namespace, '-f', file], { input, encoding: 'utf8', stdio: 'pipe' })
/** A login that ssh-keygen signs. */
async function signed(
  file: string,
  { address = new URL(app.url).host, namespace = LOGIN_NAMESPACE, change = (text: string) => text } = {},
) {
  const challenge = await challengeFor(file)
  const signature = signatureOf(file, change(loginText(address, challenge)), namespace)
  return { publicKey: publicKeyOf(file), nonce: challenge.nonce, signature }
}

describe('A1 keys', () => {
  test.each(['', 'open sesame'])('A1 a key of ssh-keygen with the passphrase %j logs in', async (passphrase) => {
    const file = keyOf(passphrase === '' ? 'plain' : 'locked', passphrase)
    expect(await app.session(await readKey(file, passphrase))).toMatch(/^[\w-]{43}$/)
  })

  test.each([undefined, 'open sesame'])('A1 ssh-keygen reads a key of ours with the passphrase %j', async (passphrase) => {
    const { privateKey, publicKey } = await makeKeyTexts('us@test', passphrase)
    const file = join(directory, `ours-${passphrase === undefined ? 'plain' : 'locked'}`)
    writeFileSync(file, privateKey, { mode: 0o600 })
    const read = execFileSync('ssh-keygen', ['-y', '-P', passphrase ?? '', '-f', file], { encoding: 'utf8' })
    expect(read.split(' ').slice(0, 2)).toEqual(publicKey.split(' ').slice(0, 2))
  })
})

describe('A2 logins', () => {
  test('A2 what ssh-keygen signs is a login, once', async () => {
    const login = await signed(keyOf('once'))
    expect(await post('login', login)).toMatchObject({ status: 200, body: { account: 'once' } })
    expect(await post('login', login)).toMatchObject(refusal('login-expired'))
  })

  test('A2 a challenge that is older than 60 seconds is refused, and another one asked for', async () => {
    const file = keyOf('slow')
    const login = await signed(file)
    ahead += 60_000
    expect(await post('login', login)).toMatchObject(refusal('login-expired'))
    expect(await post('login', await signed(file))).toMatchObject({ status: 200 })
  })

  test('A2 a challenge of another server, which passed it on, opens nothing: not with its own address, nor with that of this one', async () => {
    const file = keyOf('relayed')
    const other = await TestApp.start()
    appendFileSync(other.authorizedKeys, readFileSync(`${file}.pub`), { mode: 0o600 })
    const [here, there] = [app.url, other.url].map((url) => new URL(url).host) as [string, string]
    const challenge = await challengeFor(file) // asked for by the other server, to impersonate whoever logs in there
    const relayed = { publicKey: publicKeyOf(file), nonce: challenge.nonce, signature: signatureOf(file, loginText(there, challenge)) }
    expect(await post('login', relayed)).toMatchObject(refusal('unauthorised'))
    const direct = { ...relayed, signature: signatureOf(file, loginText(here, challenge)) }
    expect(await post('login', direct, other.url)).toMatchObject(refusal('login-expired'))
    expect(await post('login', direct)).toMatchObject({ status: 200 })
    await other.close()
  })

  test('A2 a login that addresses another port of this machine is refused before anything is signed', async () => {
    const answer = await app.get('/api/v1/login/challenge', { host: 'localhost:1' }, 'POST')
    expect(answer).toMatchObject(refusal('forbidden-host', 403))
  })

  test('A2 a challenge is for the key it was asked for', async () => {
    const [asked, other] = [keyOf('asked'), keyOf('other')]
    const login = await signed(asked)
    expect(await post('login', { ...login, publicKey: publicKeyOf(other) })).toMatchObject(refusal('login-expired'))
    const theirs = signatureOf(other, loginText(new URL(app.url).host, { nonce: login.nonce, issuedAt: 0 }))
    expect(await post('login', { ...login, signature: theirs })).toMatchObject(refusal('unauthorised'))
  })

  test.each([
    ['for another server', { address: 'other.example:8082' }],
    ['in another namespace', { namespace: 'git' }],
    ['of a changed text', { change: (text: string) => text.replace('nonce: ', 'nonce: x') }],
  ])('A2 a signature %s is refused', async (what, forgery) => {
    const login = await signed(keyOf(what.replaceAll(' ', '-')), forgery)
    expect(await post('login', login)).toMatchObject(refusal('unauthorised'))
  })

  test('A2 a signature with any byte changed is refused', async () => {
    const { publicKey, privateKey } = OWNER_KEY
    const keys = await AuthorizedKeys.open({ ownKey: publicKey, operator: 'owner', file: app.authorizedKeys, onWarning: () => {} })
    const logins = new Logins(app.store, keys, new Sessions(app.store, keys, true))
    const challenge = await logins.challenge({ publicKey }, 'here:1')
    const key = privateKeyOf(privateKey)
    const signature = await signText(loginText('here:1', challenge), LOGIN_NAMESPACE, await signingKeyOf(key), key.publicBlob)
    const prove = (armor: string) => logins.prove({ publicKey, nonce: challenge.nonce, signature: armor }, 'here:1')
    const bytes = unarmored('SSH SIGNATURE', signature)
    for (let i = 0; i < bytes.length; i++) {
      const changed = bytes.slice()
      changed[i]! ^= 1
      await expect(prove(armored('SSH SIGNATURE', changed)), `byte ${i}`).rejects.toMatchObject({ code: 'unauthorised' })
    }
    expect(await prove(signature)).toMatchObject({ key: { account: 'owner' } })
  })

  test('A2 what is no key, no nonce or no signature, or too much, is refused by name', async () => {
    const login = await signed(keyOf('bad'))
    for (const wrong of [{ publicKey: 'ssh-rsa AAAA' }, { nonce: 'a b' }, { signature: 7 }])
      expect(await post('login', { ...login, ...wrong })).toMatchObject(refusal('bad-message', 400))
    expect(await post('login', { ...login, nonce: 'guessed' })).toMatchObject(refusal('login-expired'))
    for (const signature of ['', 'none', login.signature.replace('SSH ', 'PGP '), login.signature.slice(0, 90)])
      expect(await post('login', { ...login, signature })).toMatchObject(refusal('unauthorised'))
    expect(await post('login', { ...login, signature: 'x'.repeat(9000) })).toMatchObject(refusal('message-too-large', 413))
    expect(app.errors).toEqual([])
  })
})

describe('A5 who may log in', () => {
  test('A5 an unknown key is told its fingerprint and how it is let in, and nothing of this machine', async () => {
    const file = join(directory, 'unknown')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
    const [, fingerprint] = execFileSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' }).split(' ')
    const refused = await app.session(await readKey(file)).catch((error: Error) => error.message)
    expect(refused).toContain(fingerprint)
    expect(refused).toContain('authorized_keys')
    expect(refused).not.toContain(app.authorizedKeys)
    appendFileSync(app.authorizedKeys, readFileSync(`${file}.pub`), { mode: 0o600 })
    expect(await app.session(await readKey(file))).toMatch(/^[\w-]{43}$/)
  })

  test('A5 lines that count for nothing, and a file that others may write, are told in the log and let nobody in', async () => {
    const own = await TestApp.start()
    const { publicKey, privateKey } = await makeKeyTexts('writer@test')
    const lines = [
      '# a comment',
      '',
      'ssh-rsa AAAA other@test',
      `command="x" ${publicKey.trim()}`,
      publicKey.replace('writer@', '../x@').trim(),
    ]
    writeFileSync(own.authorizedKeys, lines.join('\n'), { mode: 0o600 })
    await expect(own.session(privateKey)).rejects.toMatchObject({ code: 'unauthorised' })
    expect(own.errors.map((sentence) => /^Line (\d) .*counts for nothing: Expected/.exec(sentence)?.[1])).toEqual(['3', '4', '5'])
    writeFileSync(own.authorizedKeys, publicKey)
    await own.session(privateKey)
    chmodSync(own.authorizedKeys, 0o620)
    await expect(own.session(privateKey)).rejects.toMatchObject({ code: 'unauthorised' })
    expect(own.errors.at(-1)).toContain('chmod it to 600')
    await own.close()
  })

  test('A10 whatever stands in the place of `authorized_keys`, the operator logs in, nobody of it does, and the log says why', async () => {
    const own = await TestApp.start()
    const file = own.authorizedKeys
    const { publicKey, privateKey } = await makeKeyTexts('writer@test')
    const others = join(directory, 'others')
    writeFileSync(others, publicKey, { mode: 0o622 })
    chmodSync(others, 0o622)
    for (const [make, why] of [
      [() => symlinkSync(file, file), 'ELOOP'],
      [() => symlinkSync('/dev/zero', file), 'it is something else'],
      [() => mkdirSync(file), 'it is something else'],
      [() => execFileSync('mkfifo', [file]), 'it is something else'],
      [() => symlinkSync(others, file), '0622'],
      [() => writeFileSync(file, `${publicKey}\n${'#'.repeat(1024 * 1024)}`, { mode: 0o600 }), 'make it shorter'],
    ] as const) {
      make()
      expect(await own.session()).toMatch(/^[\w-]{43}$/)
      await expect(own.session(privateKey), why).rejects.toMatchObject({ code: 'unauthorised' })
      expect(own.errors.at(-1)).toContain(why)
      rmSync(file, { recursive: true })
    }
    writeFileSync(file, `\ufeff${publicKey.trim()}\r\n`, { mode: 0o600 })
    expect(await own.session(privateKey)).toMatch(/^[\w-]{43}$/)
    await own.close()
  })

  test('A5 the account is the one that is named behind the key: two keys of one name share their jobs, others do not', async () => {
    const keys = await Promise.all(['anna@laptop', 'anna@desk', 'otto@desk'].map((comment) => makeKeyTexts(comment)))
    for (const { publicKey } of keys) appendFileSync(app.authorizedKeys, publicKey, { mode: 0o600 })
    const [first, second, other] = await Promise.all(keys.map(({ privateKey }) => app.researcher(privateKey)))
    const job = await app.submit(first!, 1)
    expect((await second!.ask('jobs', { limit: 10 })).rows.map((row) => row.job)).toEqual([job])
    expect((await other!.ask('jobs', { limit: 10 })).rows).toEqual([])
    expect(await other!.say('control', { job, action: 'cancel' })).toMatchObject({ error: { code: 'unknown-job' } })
    const bearer = { authorization: `Bearer ${await app.session(keys[1]!.privateKey)}` }
    expect((await app.get('/api/v1/own-jobs', bearer)).body.rows).toMatchObject([{ job, owner: 'anna' }])
    expect(await app.get(`/api/v1/devices/${'0'.repeat(32)}/ban`, bearer, 'POST')).toMatchObject(refusal('unauthorised'))
  })
})

describe('A6 pace', () => {
  test('A6 who asks for too many logins is told when to come again', async () => {
    const own = await TestApp.start()
    const publicKey = publicKeyOf(keyOf('eager'))
    let answer = await post('login/challenge', { publicKey }, own.url)
    for (let asked = 0; answer.status === 200 && asked < 2000; asked += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => post('login/challenge', { publicKey }, own.url)))
      answer = answers.find(({ status }) => status !== 200) ?? answer
    }
    expect(answer).toMatchObject(refusal('too-many-logins', 429))
    expect(answer.headers.get('retry-after')).toBe('1')
    await own.close()
  })

  test('A6 behind a proxy that is believed each caller has its own pace, elsewhere nobody is believed about who it is', async () => {
    const publicKey = publicKeyOf(keyOf('patient'))
    const ask = (url: string, caller: string) =>
      fetch(`${url}/api/v1/login/challenge`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': caller },
        body: JSON.stringify({ publicKey }),
      })
    const isHeldBack = async (url: string, callerOf: (asked: number) => string): Promise<boolean> => {
      let status = 200
      for (let asked = 0; status === 200 && asked < 2000; asked += 50) {
        const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(url, callerOf(asked + i))))
        status = Math.max(...answers.map((answer) => answer.status))
      }
      return status === 429
    }
    const proxied = await TestApp.start({ networks: new Networks([addressRange('127.0.0.0/8')]) })
    expect(await isHeldBack(proxied.url, () => '8.8.8.8')).toBe(true)
    expect((await ask(proxied.url, '9.9.9.9')).status).toBe(200)
    await proxied.close()
    const direct = await TestApp.start()
    expect(await isHeldBack(direct.url, (asked) => `8.8.${asked >> 8}.${asked & 255}`)).toBe(true)
    await direct.close()
  })
})

/** Lets seconds pass until the server has looked and `done` is so. */
async function passUntil(done: Promise<unknown>): Promise<void> {
  let isOver = false
  void done.then(() => {
    isOver = true
  })
  while (!isOver) {
    app.timers.advance(1000)
    await new Promise(setImmediate)
  }
}

describe('A3 sessions', () => {
  test('A3 nothing that was shown to log in is kept as it was', async () => {
    const session = await app.session()
    const kept = JSON.stringify([readFileSync(app.file, 'latin1'), readFileSync(`${app.file}-wal`, 'latin1'), app.errors])
    expect(kept).not.toContain(session)
    expect(kept).toContain('Session')
  })

  test('A3 a session ends after twelve hours, and the server says so', async () => {
    const bearer = { authorization: `Bearer ${await app.session()}` }
    const researcher = await app.researcher()
    expect((await app.get('/api/v1/own-jobs', bearer)).status).toBe(200)
    ahead += 12 * 3600 * 1000
    expect(await app.get('/api/v1/own-jobs', bearer)).toMatchObject(refusal('session-ended'))
    await passUntil(researcher.ended())
  })

  test('A3 a client whose session a new database does not know logs in again by itself', async () => {
    const d = await connect(app.url, { key: OWNER_KEY.privateKey })
    const lost = new Promise<void>((resolve) => d.connection.onConnect(resolve))
    const database = new BetterSqlite3(app.file)
    database.exec('DELETE FROM Session; DELETE FROM UsedNonce; DELETE FROM ServerSecret')
    database.close()
    await passUntil(lost)
    expect(await d.getMyJobs()).toEqual(expect.any(Array))
    await d.close()
  })

  test('A3 what an ended session’s device holds is given to others after the grace, as of one that went', async () => {
    const key = await readKey(keyOf('holder'))
    const [researcher, device] = [await app.researcher(), await app.ownVolunteer({}, key)]
    await app.submit(researcher, 1, { redundancy: 'none' })
    expect((await device.ask('lease', asks)).leases).toHaveLength(1)
    const ended = device.ended()
    const lines = readFileSync(app.authorizedKeys, 'utf8').split('\n')
    writeFileSync(app.authorizedKeys, lines.filter((line) => !line.endsWith('holder@test')).join('\n'))
    app.timers.advance(1000)
    await ended
    app.timers.advance(11_000)
    const other = await app.volunteer()
    await expect.poll(async () => (await other.ask('lease', asks)).leases.length).toBe(1)
  })

  test('A3 a key that is taken from authorized_keys ends its sockets and logs in no more', async () => {
    const key = await readKey(keyOf('leaver'))
    const researcher = await app.researcher(key)
    const device = await app.ownVolunteer({}, key)
    const ended = [researcher.ended(), device.ended()]
    const lines = readFileSync(app.authorizedKeys, 'utf8').split('\n')
    writeFileSync(app.authorizedKeys, lines.filter((line) => !line.endsWith('leaver@test')).join('\n'))
    await expect(app.session(key)).rejects.toMatchObject({ code: 'unauthorised' })
    app.timers.advance(1000)
    await Promise.all(ended)
    expect([researcher, device].map(({ refused }) => refused.map(({ code }) => code))).toEqual([['session-ended'], ['session-ended']])
  })
})
