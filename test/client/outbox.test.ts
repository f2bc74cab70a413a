import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LIMITS, type ReturnedUnit } from '../../sdk/protocol.ts'
import { Outbox } from '../../web-worker-client/engine/outbox.ts'
import { folderOutbox, memoryOutbox, type OutboxStore } from '../../web-worker-client/engine/outbox-store.ts'
import { fileIdentity, privateFolder } from '../../web-worker-client/headless/identity.ts'

const DEVICE = 'd'.repeat(32)
const silent = { info: () => {}, warn: () => {} }
const result = (lease: string, bytes = 3): ReturnedUnit => ({ lease, output: new Uint8Array(bytes).fill(7), seconds: 1.5, console: 'hé' })

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dsage-outbox-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const stores: Record<string, () => OutboxStore> = {
  memory: memoryOutbox,
  directory: () => folderOutbox(privateFolder(join(folder, 'outbox'))),
}

describe.each(Object.keys(stores))('outbox store: %s', (name) => {
  const make = () => stores[name]!()

  test('E3 gives back what was put, each device its own, until it is removed', async () => {
    const store = make()
    const errored: ReturnedUnit = { lease: 'b'.repeat(32), errored: 'memory', message: 'too much', seconds: 0 }
    await store.put(DEVICE, result('a'.repeat(32)))
    await store.put(DEVICE, errored)
    await store.put(`${DEVICE}0`, result('c'.repeat(32)))
    expect(new Set(await store.load(DEVICE))).toEqual(new Set([result('a'.repeat(32)), errored]))
    await store.remove(DEVICE, errored.lease)
    await store.remove(DEVICE, 'never-put')
    expect(await store.load(DEVICE)).toEqual([result('a'.repeat(32))])
  })

  test('E3 an outbox opened anew holds exactly what the earlier one kept and did not see acknowledged', async () => {
    const store = make()
    const first = new Outbox(store, silent)
    first.add(DEVICE, result('kept'), true)
    first.add(DEVICE, result('acknowledged'), true)
    first.add(DEVICE, result('cheap'), false)
    first.remove('acknowledged')
    await first.written()
    const second = new Outbox(store, silent)
    await second.open(DEVICE)
    expect(second.leases).toEqual(['kept'])
    first.keepAll()
    await first.written()
    const third = new Outbox(store, silent)
    await third.open(DEVICE)
    expect(new Set(third.leases)).toEqual(new Set(['kept', 'cheap']))
  })
})

describe('outbox directory', () => {
  test('E3 one private file a result; entries that are no result are removed and nothing leaves the folder', async () => {
    const path = join(folder, 'outbox')
    const store = folderOutbox(privateFolder(path))
    await store.put(DEVICE, result('good'))
    expect(await readdir(path)).toEqual([`${DEVICE}.good`])
    expect((await stat(join(path, `${DEVICE}.good`))).mode & 0o777).toBe(0o600)
    expect((await stat(path)).mode & 0o777).toBe(0o700)
    await writeFile(join(path, `${DEVICE}.torn`), new Uint8Array([0x84, 0xa5]))
    await writeFile(join(path, `${DEVICE}.null`), new Uint8Array([0xc0]))
    expect(await store.load(DEVICE)).toEqual([result('good')])
    expect(await readdir(path)).toEqual([`${DEVICE}.good`])
    for (const lease of ['../escaped', 'a/b', '..', '', 'a.b'])
      await expect(store.put(DEVICE, result(lease))).rejects.toThrow('Expected an id')
    expect(await readdir(folder)).toEqual(['outbox'])
  })

  test('E3 a store that fails costs the copy on disk, not the result', async () => {
    const warnings: string[] = []
    await writeFile(join(folder, 'file'), '')
    const outbox = new Outbox(folderOutbox(privateFolder(join(folder, 'file'))), { ...silent, warn: (sentence) => warnings.push(sentence) })
    await outbox.open(DEVICE)
    outbox.add(DEVICE, result('a'), true)
    await outbox.written()
    expect(warnings).toHaveLength(2)
    expect(outbox.take(10)).toEqual([result('a')])
  })
})

describe('batches', () => {
  test('E4 every batch is within 1000 results and 8 MiB, and together they are each result once, in order', () => {
    const sizes = fc.array(fc.oneof(fc.nat(300), fc.nat(LIMITS.payloadBytes)), { maxLength: 60 })
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 40 }), (bytes, most) => {
        const outbox = new Outbox(memoryOutbox(), silent)
        for (const [index, size] of bytes.entries()) outbox.add(DEVICE, result(`l${index}`, size), false)
        const sent: string[] = []
        for (let batch = outbox.take(most); batch.length > 0; batch = outbox.take(most)) {
          expect(batch.length).toBeLessThanOrEqual(most)
          expect(batch.reduce((sum, one) => sum + ('output' in one ? one.output.byteLength : 0), 0)).toBeLessThanOrEqual(
            LIMITS.messageBytes,
          )
          sent.push(...batch.map((one) => one.lease))
        }
        expect(sent).toEqual(bytes.map((_, index) => `l${index}`))
      }),
      { numRuns: 60 },
    )
  })

  test('E3 what is in flight is not taken twice, what is put back is taken again, what is removed never', () => {
    const outbox = new Outbox(memoryOutbox(), silent)
    for (const lease of ['a', 'b', 'c']) outbox.add(DEVICE, result(lease), false)
    const first = outbox.take(2)
    expect(outbox.take(10).map((one) => one.lease)).toEqual(['c'])
    outbox.remove('a')
    outbox.putBack(first)
    expect(outbox.take(10).map((one) => one.lease)).toEqual(['b'])
    expect(outbox.leases).toEqual(['b', 'c'])
  })

  test('E4 is full from 128 MiB on and has room again after deliveries', () => {
    const outbox = new Outbox(memoryOutbox(), silent)
    let added = 0
    while (!outbox.full) outbox.add(DEVICE, result(`l${added++}`, LIMITS.payloadBytes), false)
    expect(added).toBe(128)
    outbox.remove('l5')
    expect(outbox.full).toBe(false)
  })
})

describe('identity file', () => {
  test('E1 one identity a server: another server never gets the secret, and the file is private', async () => {
    const here = fileIdentity(folder, 'mill', 'http://127.0.0.1:8082/x')
    expect(await here.load()).toBeUndefined()
    await here.save({ id: 'one', secret: 's1' })
    const there = fileIdentity(folder, 'mill', 'https://elsewhere.example')
    expect(await there.load()).toBeUndefined()
    await there.save({ id: 'two', secret: 's2' })
    expect(await fileIdentity(folder, 'mill', 'http://127.0.0.1:8082').load()).toEqual({ id: 'one', secret: 's1' })
    expect((await stat(join(folder, 'device-mill.json'))).mode & 0o777).toBe(0o600)
    await writeFile(join(folder, 'device-mill.json'), '[1]')
    await expect(here.load()).rejects.toThrow('delete it to become a new device')
  })
})
