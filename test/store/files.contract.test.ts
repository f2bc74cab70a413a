import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { LIMITS } from '../../sdk/protocol.ts'
import { Files } from '../../server/files.ts'
import { deleteAll, describeStore, Scene } from '../support/store-kit.ts'

const PIECE = LIMITS.filePieceBytes
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describeStore((kit) => {
  const filesOf = (store = kit().store, more: { freeDisk?: () => number; mostBytes?: number } = {}) =>
    new Files({ store: store.files, freeDisk: () => 1, ...more })
  const anna = { accountId: 1, isOperator: true }
  /** As anna's, unless another sender is named. */
  const take = (sha256: string, bytes: number, at: number, piece: Uint8Array, files = filesOf(), sender = anna) =>
    files.take(sender, sha256, bytes, at, piece)
  const state = (sha256: string) => filesOf().state(sha256, anna.accountId)
  /** Sends a file of so many bytes, piece by piece. */
  async function sent(bytes: number, files = filesOf()) {
    const content = randomBytes(bytes)
    const sha256 = digestOf(content)
    for (let at = 0; at === 0 || at < bytes; at += PIECE) await take(sha256, bytes, at, content.subarray(at, at + PIECE), files)
    return { sha256, content }
  }
  const read = async (sha256: string, from: number, to: number, files = filesOf()) => {
    const pieces: Uint8Array[] = []
    for await (const piece of files.read(await files.whole(sha256), { from, to })) pieces.push(piece)
    return Buffer.concat(pieces)
  }
  const rowsOf = async (table: string, where: string) =>
    Number((await kit().rows(`SELECT count(*) AS n FROM ${table} WHERE ${where}`))[0]!.n)
  const deletePieces = async () => {
    while (await kit().store.files.deletePieces());
  }

  test('V30 a file that came in pieces is there as it was, whole and in any part, also after a restart', async () => {
    const { sha256, content } = await sent(2 * PIECE + 100)
    expect(await state(sha256)).toEqual({ sha256, bytes: content.length, received: content.length, complete: true })
    await kit().reopen()
    expect((await read(sha256, 0, content.length)).equals(content)).toBe(true)
    for (const [from, to] of [
      [0, 1],
      [PIECE - 1, PIECE + 1],
      [2 * PIECE, content.length],
      [5, 5],
    ] as const)
      expect((await read(sha256, from, to)).equals(content.subarray(from, to))).toBe(true)
    expect((await sent(0)).sha256).toBe(digestOf(new Uint8Array(0)))
  })

  test('V30 a piece counts once, and only where the last one ended: whoever sends goes on at what is answered', async () => {
    const content = randomBytes(2 * PIECE + 1)
    const sha256 = digestOf(content)
    const send = (at: number) => take(sha256, content.length, at, content.subarray(at, at + PIECE))
    expect(await send(PIECE)).toMatchObject({ received: 0 })
    const both = await Promise.all([send(0), send(0)])
    expect(both.map(({ received }) => received)).toEqual([PIECE, PIECE])
    await kit().reopen()
    expect(await send(0)).toMatchObject({ received: PIECE, complete: false })
    await expect(filesOf().whole(sha256)).rejects.toMatchObject({ code: 'unknown-file' })
    await send(PIECE)
    expect(await send(2 * PIECE)).toMatchObject({ complete: true })
    expect(await send(0)).toMatchObject({ received: content.length, complete: true })
  })

  test('V30 one whose last answer was lost is checked at an empty piece behind it', async () => {
    const content = randomBytes(PIECE)
    const sha256 = digestOf(content)
    const { id } = await kit().store.files.begin(sha256, PIECE, anna.accountId)
    await kit().store.files.add(id, 0, content)
    expect(await state(sha256)).toMatchObject({ received: PIECE, complete: false })
    expect(await take(sha256, PIECE, PIECE, new Uint8Array(0))).toMatchObject({ complete: true })
  })

  test('V31 bytes of another digest are thrown away, and the file may be sent again', async () => {
    const content = randomBytes(PIECE + 5)
    const sha256 = digestOf(content)
    await take(sha256, content.length, 0, randomBytes(PIECE))
    await expect(take(sha256, content.length, PIECE, content.subarray(PIECE))).rejects.toMatchObject({ code: 'file-mismatch' })
    await expect(state(sha256)).rejects.toMatchObject({ code: 'unknown-file' })
    await take(sha256, content.length, 0, content.subarray(0, PIECE))
    expect(await take(sha256, content.length, PIECE, content.subarray(PIECE))).toMatchObject({ complete: true })
    await deletePieces()
    expect((await read(sha256, 0, content.length)).equals(content)).toBe(true)
  })

  test('V31 pieces of a wrong place, size or file, and what there is no room for, are refused by name', async () => {
    const { sha256, content } = await sent(10)
    const other = digestOf(randomBytes(8))
    const refused = [
      [() => take(other, 2 * PIECE, 0, new Uint8Array(10)), 'bad-message'],
      [() => take(other, 2 * PIECE, 10, new Uint8Array(PIECE)), 'bad-message'],
      [() => take(other, 10, PIECE, new Uint8Array(0)), 'bad-message'],
      [() => take(sha256, 11, 0, Buffer.concat([content, Buffer.alloc(1)])), 'bad-message'],
      [() => take(other, PIECE, 0, new Uint8Array(PIECE), filesOf(kit().store, { mostBytes: 100 })), 'storage-full'],
      [() => take(other, 10, 0, new Uint8Array(10), filesOf(kit().store, { freeDisk: () => 0.04 })), 'storage-full'],
    ] as const
    for (const [take, code] of refused) await expect(take()).rejects.toMatchObject({ code })
    await expect(state(other)).rejects.toMatchObject({ code: 'unknown-file' })
    await take(other, PIECE + 1, 0, new Uint8Array(PIECE))
    expect(await take(other, PIECE + 2, 0, new Uint8Array(PIECE))).toMatchObject({ bytes: PIECE + 2, received: PIECE })
  })

  test('V32 a job names files that are there as a whole, keeps them in its order, and gives them back', async () => {
    const { sha256, content } = await sent(10)
    const half = digestOf(randomBytes(9))
    await take(half, PIECE + 1, 0, new Uint8Array(PIECE))
    const scene = new Scene(kit().store)
    const file = (change = {}) => ({ name: 'a', sha256, bytes: 10, ...change })
    for (const wrong of [file({ sha256: half, bytes: PIECE + 1 }), file({ sha256: digestOf(randomBytes(3)) }), file({ bytes: 9 })])
      await expect(scene.job(1, { files: [wrong] })).rejects.toMatchObject({ code: 'unknown-file' })
    const files = [file({ name: 'é/b' }), file()]
    const job = await scene.job(1, { files })
    expect([job.files, (await kit().store.findJob(job.job))?.files]).toEqual([files, files])
    expect((await scene.job(1)).files).toBeUndefined()
    expect(content).toHaveLength(10)
  })

  test('V32 a file stays while a job has it and a day longer, then it goes piece by piece, and may come back', async () => {
    const [kept, gone] = [await sent(10), await sent(6 * PIECE)]
    const scene = new Scene(kit().store)
    const job = await scene.job(0, { files: [{ name: 'a', sha256: kept.sha256, bytes: 10 }] })
    const age = () => kit().rows('UPDATE "File" SET "usedAt" = 0')
    const forget = () => kit().store.files.forgetUnused(3_600_000)
    expect(await forget()).toBe(0)
    await age()
    expect(await forget()).toBeGreaterThanOrEqual(1)
    await expect(state(gone.sha256)).rejects.toMatchObject({ code: 'unknown-file' })
    expect(await take(gone.sha256, gone.content.length, 0, gone.content.subarray(0, PIECE))).toMatchObject({ received: PIECE })
    await deletePieces()
    expect((await read(kept.sha256, 0, 10)).equals(kept.content)).toBe(true)
    expect(await state(gone.sha256)).toMatchObject({ received: PIECE })
    await kit().store.transact((tx) => tx.moveJob(job, 'cancelled', null))
    await kit().rows('UPDATE "Job" SET "finishedAt" = 0')
    expect(await kit().store.forgetJobs(1000)).toBeGreaterThanOrEqual(1)
    await deleteAll(kit().store)
    await age()
    await forget()
    await deletePieces()
    for (const { sha256 } of [kept, gone]) await expect(state(sha256)).rejects.toMatchObject({ code: 'unknown-file' })
    expect(await rowsOf('"JobFile"', `"jobId" = ${job.id}`)).toBe(0)
    expect(await rowsOf('"FilePiece" p LEFT JOIN "File" f ON f.id = p."fileId"', 'f.id IS NULL OR f.sha256 IS NULL')).toBe(0)
  })

  test('V37 what one account has sent of a file is its own: nobody else’s bytes, sizes or mistakes touch it', async () => {
    const mallory = { accountId: 2, isOperator: false }
    const content = randomBytes(PIECE + 5)
    const sha256 = digestOf(content)
    const spoil = (bytes: number, at: number, piece: Uint8Array) => take(sha256, bytes, at, piece, filesOf(), mallory)
    await take(sha256, content.length, 0, content.subarray(0, PIECE))
    await expect(spoil(1, 0, new Uint8Array(1))).rejects.toMatchObject({ code: 'file-mismatch' })
    await spoil(content.length, 0, randomBytes(PIECE))
    expect(await spoil(content.length, PIECE, content.subarray(PIECE)).catch(({ code }) => code)).toBe('file-mismatch')
    expect(await spoil(content.length, 0, randomBytes(PIECE))).toMatchObject({ received: PIECE })
    expect(await take(sha256, content.length, PIECE, content.subarray(PIECE))).toMatchObject({ complete: true })
    expect(await spoil(content.length, PIECE, randomBytes(5))).toMatchObject({ complete: true })
    expect((await read(sha256, 0, content.length)).equals(content)).toBe(true)
  })

  test('V37 two accounts that send the same file at once each end with it, and jobs may name it', async () => {
    const bob = { accountId: 3, isOperator: false }
    const content = randomBytes(PIECE + 5)
    const sha256 = digestOf(content)
    const send = async (at: number) => {
      const piece = content.subarray(at, at + PIECE)
      const both = [take(sha256, content.length, at, piece), take(sha256, content.length, at, piece, filesOf(), bob)]
      return (await Promise.all(both)).map(({ received }) => received)
    }
    expect(await send(0)).toEqual([PIECE, PIECE])
    expect(await send(PIECE)).toEqual([content.length, content.length])
    const files = [{ name: 'a', sha256, bytes: content.length }]
    expect((await new Scene(kit().store).job(0, { files })).files).toEqual(files)
    expect((await read(sha256, 0, content.length)).equals(content)).toBe(true)
  })

  test('V38 an account that is not the operator’s fills at most a quarter of the room, however many files it begins at once', async () => {
    const mallory = { accountId: 4, isOperator: false }
    const mostBytes = 64 * PIECE + 4 * (await kit().store.files.stored()).bytes
    const begin = (bytes: number, sender = mallory) =>
      take(digestOf(randomBytes(8)), bytes, 0, new Uint8Array(Math.min(bytes, PIECE)), filesOf(kit().store, { mostBytes }), sender)
    const half = Math.floor(mostBytes / 8)
    const begun = await Promise.allSettled(Array.from({ length: 5 }, () => begin(half)))
    const refused = begun.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(refused.length).toBeGreaterThanOrEqual(4)
    for (const { code, message } of refused) expect([code, message]).toEqual(['storage-full', expect.stringContaining('your account')])
    expect(await begin(3 * half, anna)).toMatchObject({ received: PIECE })
  })

  test('V38 empty files take room too, and none comes when the disk is full meanwhile', async () => {
    const mallory = { accountId: 5, isOperator: false }
    const { bytes, files } = await kit().store.files.stored()
    const mostBytes = bytes + (files + 3) * 16_384
    const begin = () =>
      take(digestOf(randomBytes(8)), 1, 0, new Uint8Array(1), filesOf(kit().store, { mostBytes }), { ...mallory, isOperator: true })
    const codes: string[] = []
    for (let n = 0; n < 4; n++) codes.push((await begin().catch((error) => error)).code)
    expect(codes).toEqual(['file-mismatch', 'file-mismatch', 'storage-full', 'storage-full'])
    const sha256 = digestOf(randomBytes(8))
    await take(sha256, 2 * PIECE, 0, new Uint8Array(PIECE))
    const full = filesOf(kit().store, { freeDisk: () => 0.04 })
    await expect(take(sha256, 2 * PIECE, PIECE, new Uint8Array(PIECE), full)).rejects.toMatchObject({ code: 'storage-full' })
    expect(await state(sha256)).toMatchObject({ received: PIECE })
  })

  test('V33 every server of a database has every file, and several may be sent the same one at once', async () => {
    const another = (await kit().another?.()) ?? kit().store
    const content = randomBytes(3 * PIECE)
    const sha256 = digestOf(content)
    const send = async (files: Files) => {
      let state = { received: 0, complete: false }
      while (!state.complete) {
        const at = state.received
        state = await take(sha256, content.length, at, content.subarray(at, at + PIECE), files)
      }
    }
    await Promise.all([send(filesOf()), send(filesOf(another)), send(filesOf())])
    expect((await read(sha256, 1, content.length, filesOf(another))).equals(content.subarray(1))).toBe(true)
    expect(Number((await kit().rows('SELECT count(*) AS n FROM "FilePiece"'))[0]!.n)).toBeGreaterThanOrEqual(3)
  })
})
