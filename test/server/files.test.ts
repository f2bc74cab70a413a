import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LIMITS } from '../../sdk/protocol.ts'
import { TestApp, TOKEN } from '../support/app.ts'
import { CODE, jobSpec } from '../support/store-kit.ts'

const PIECE = LIMITS.filePieceBytes
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const owner = { authorization: `Bearer ${TOKEN}` }

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.close())

const ask = (path: string, init: RequestInit = {}) => fetch(`${app.url}/api/v1/files/${path}`, { headers: owner, ...init })
const send = (sha256: string, bytes: number, offset: number, body: Uint8Array<ArrayBuffer>, headers = owner) =>
  ask(`${sha256}?bytes=${bytes}&offset=${offset}`, { method: 'POST', body, headers })
async function sent(content: Uint8Array<ArrayBuffer>): Promise<string> {
  const sha256 = digestOf(content)
  for (let at = 0; at === 0 || at < content.length; at += PIECE) await send(sha256, content.length, at, content.slice(at, at + PIECE))
  return sha256
}
const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer())
const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { error: { code: string } }).error.code]

describe('V30 sending', () => {
  test('V30 a file is sent in pieces, and whoever was cut off goes on where it was', async () => {
    const content = new Uint8Array(randomBytes(PIECE + 3))
    const sha256 = digestOf(content)
    expect(await codeOf(await ask(sha256))).toEqual([404, 'unknown-file'])
    expect(await (await send(sha256, content.length, 0, content.slice(0, PIECE))).json()).toMatchObject({ received: PIECE })
    const headers = { ...owner, 'content-length': '3' }
    const cut = request(`${app.url}/api/v1/files/${sha256}?bytes=${content.length}&offset=${PIECE}`, { method: 'POST', headers })
    cut.on('error', () => {}).write(content.slice(PIECE, PIECE + 2))
    await once(cut, 'socket')
    await new Promise((resolve) => setImmediate(resolve))
    cut.destroy()
    expect(await (await ask(sha256)).json()).toEqual({ sha256, bytes: content.length, received: PIECE, complete: false })
    expect(await codeOf(await ask(`${sha256}/bytes`))).toEqual([404, 'unknown-file'])
    expect(await (await send(sha256, content.length, PIECE, content.slice(PIECE))).json()).toMatchObject({ complete: true })
    expect((await bytesOf(await ask(`${sha256}/bytes`))).equals(content)).toBe(true)
  })

  test('V31 what is no piece of the file, or no file, is refused by name', async () => {
    const content = new Uint8Array(randomBytes(20))
    const sha256 = digestOf(content)
    expect(await codeOf(await send(sha256, 20, 0, new Uint8Array(20)))).toEqual([422, 'file-mismatch'])
    expect(await codeOf(await send(sha256, 21, 0, content))).toEqual([400, 'bad-message'])
    expect(await codeOf(await send(sha256, LIMITS.fileBytes + 1, 0, new Uint8Array(PIECE)))).toEqual([400, 'bad-message'])
    expect(await codeOf(await send(sha256, 2 * PIECE, 0, new Uint8Array(PIECE + 1)))).toEqual([413, 'message-too-large'])
    expect(await codeOf(await send('short', 20, 0, content))).toEqual([400, 'bad-message'])
    expect(await codeOf(await ask(`${sha256}?bytes=20`, { method: 'POST', body: content }))).toEqual([400, 'bad-message'])
    expect(await codeOf(await ask(sha256))).toEqual([404, 'unknown-file'])
  })

  test('V32 a job names what is there, and nothing else', async () => {
    const sha256 = await sent(new Uint8Array(randomBytes(5)))
    const researcher = await app.researcher()
    const submit = (files: unknown) =>
      researcher.say('submit', { spec: { ...jobSpec(), files }, code: CODE, units: [], inputsComplete: true })
    const file = { name: 'a', sha256, bytes: 5 }
    const refused: [unknown, string][] = [
      [[{ ...file, bytes: 6 }], 'unknown-file'],
      [[{ ...file, sha256: '0'.repeat(64) }], 'unknown-file'],
      [[file, file], 'bad-message'],
      [[{ ...file, name: '' }], 'bad-message'],
      [[file, { ...file, name: 'b', bytes: LIMITS.fileBytes }], 'bad-message'],
    ]
    for (const [files, code] of refused) expect((await submit(files)).error?.code).toBe(code)
    expect((await submit([file, { ...file, name: 'b' }])).ok).toBeDefined()
    const job = await app.submit(researcher, 1, { files: [file], redundancy: 'none' })
    const { leases, jobs } = await (await app.volunteer()).ask('lease', { threads: 1, seconds: 5, held: 0 })
    expect([leases[0]?.job, jobs[0]?.files]).toEqual([job, [file]])
    expect((await researcher.ask('manifest', { job })).spec.files).toEqual([file])
  })
})

describe('V34 reading', () => {
  test('V34 a file is read as a whole or by a range, and may be kept for ever', async () => {
    const content = new Uint8Array(randomBytes(2 * PIECE + 7))
    const sha256 = await sent(content)
    const range = (value: string) => ask(`${sha256}/bytes`, { headers: { ...owner, range: value } })
    const whole = await ask(`${sha256}/bytes`)
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      ...{ 'content-type': 'application/octet-stream', 'content-length': `${content.length}`, 'accept-ranges': 'bytes' },
      ...{ etag: `"${sha256}"`, 'cache-control': expect.stringContaining('immutable') },
    })
    expect((await bytesOf(whole)).equals(content)).toBe(true)
    const parts: [string, number, number][] = [
      ['bytes=0-0', 0, 1],
      [`bytes=${PIECE - 2}-${PIECE + 1}`, PIECE - 2, PIECE + 2],
      ['bytes=-3', content.length - 3, content.length],
      [`bytes=${content.length - 1}-${content.length + 9}`, content.length - 1, content.length],
    ]
    for (const [value, from, to] of parts) {
      const part = await range(value)
      expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes ${from}-${to - 1}/${content.length}`])
      expect((await bytesOf(part)).equals(content.slice(from, to))).toBe(true)
    }
    const beyond = await range(`bytes=${content.length}-`)
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${content.length}`])
    expect((await bytesOf(await range('lines=1-2'))).equals(content)).toBe(true)
    const head = await ask(`${sha256}/bytes`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, `${content.length}`])
  })

  test('V34 a device reads with its secret; strangers, the banned and other pages do not', async () => {
    const content = new Uint8Array(randomBytes(9))
    const sha256 = await sent(content)
    const { id, secret } = (await app.volunteer()).welcome.device
    const read = (authorization?: string, more = {}) =>
      ask(`${sha256}/bytes`, { headers: { ...(authorization && { authorization }), ...more } })
    expect((await bytesOf(await read(`Device ${id}.${secret}`))).equals(content)).toBe(true)
    for (const wrong of [undefined, `Device ${id}.wrong`, `Device ${'0'.repeat(32)}.${secret}`, 'Bearer wrong', 'Device'])
      expect(await codeOf(await read(wrong))).toEqual([401, 'unauthorised'])
    expect(await codeOf(await read(`Device ${id}.${secret}`, { origin: 'http://evil.example' }))).toEqual([403, 'forbidden-origin'])
    expect(await codeOf(await ask(sha256, { headers: { authorization: `Device ${id}.${secret}` } }))).toEqual([401, 'unauthorised'])
    expect(await codeOf(await send(sha256, 9, 0, content, { authorization: `Device ${id}.${secret}` }))).toEqual([401, 'unauthorised'])
    await fetch(`${app.url}/api/v1/devices/${id}/ban`, { method: 'POST', headers: owner, body: JSON.stringify({ reason: 'a test' }) })
    expect(await codeOf(await read(`Device ${id}.${secret}`))).toEqual([401, 'unauthorised'])
  })
})
