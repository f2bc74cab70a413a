import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { JobBrief, SandboxedFile } from '../../sdk/protocol.ts'
import { type FetchRange, type FileFolder, Files } from '../../web-worker-client/engine/files.ts'
import { memoryFiles } from '../../web-worker-client/engine/memory-files.ts'
import { fileFolder } from '../../web-worker-client/headless/file-folder.ts'
import { headlessThreads } from '../../web-worker-client/headless/spawn-thread.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { erroredOf, outputsOf, unitOf, valuesOf } from './sandbox-support.ts'

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const folder = mkdtempSync(join(tmpdir(), 'dsage-files-'))
const thread = headlessThreads({ complain: () => {} })()
afterAll(async () => {
  await thread.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('in a headless thread', () => {
  const file = (name: string, bytes: Uint8Array<ArrayBuffer>): SandboxedFile => ({
    name,
    sha256: digestOf(bytes),
    content: new Blob([bytes]),
  })
  const large = new Uint8Array(randomBytes(9_000_000))
  const files = [file('large', large), file('é/empty', new Uint8Array(0)), file('small', Uint8Array.of(1, 2, 3))]
  const run = (code: string, more: Parameters<typeof unitOf>[2] = {}) => thread.run(unitOf(code, [0, 1], { files, ...more }))

  test('X21 code reads its files by name, each time anew', async () => {
    const code = `export const work = (x, ctx) => {
      const small = ctx.files.get('small')
      small[0] = 9
      const large = ctx.files.get('large')
      return [large.slice(-4), large.length, small, ctx.files.get('small'), ctx.files.get('é/empty').length, ctx.files.names, Object.isFrozen(ctx.files.names)]
    }`
    const each = [large.slice(-4), large.length, Uint8Array.of(9, 2, 3), Uint8Array.of(1, 2, 3), 0, ['large', 'é/empty', 'small'], true]
    expect(valuesOf(await run(code))).toEqual([each, each])
    expect(valuesOf(await run('export const work = (x, ctx) => ctx.files.get("small")[0]'))).toEqual([1, 1])
  })

  test('X21 another name is refused, and files are those of the unit’s job', async () => {
    const code = `export const work = (x, ctx) => { try { return ctx.files.get(x ? 'none' : { toString() { throw 1 } }) } catch (error) { return error.message } }`
    const known = 'Expected the name of a file of the job (large, é/empty, small), got'
    expect(valuesOf(await run(code))).toEqual([
      `${known} something that is no text; give it in \`files\`.`,
      `${known} none; give it in \`files\`.`,
    ])
    const without = await run('export const work = (x, ctx) => [ctx.files.names, ctx.files.get("small")]', { files: [] })
    expect(outputsOf(without)[0]).toMatchObject({ error: { name: 'TypeError', message: expect.stringContaining('(it has none)') } })
    expect(valuesOf(await run('export const work = (x, ctx) => ctx.files.get("small").length', { files: [files[2]!] }))).toEqual([3, 3])
  })

  test('X3 copies of files count as what the unit uses', async () => {
    const code = 'export const work = (x, ctx) => { const all = []; for (;;) all.push(ctx.files.get("large")) }'
    expect(erroredOf(await run(code))).toBe('memory')
    expect(valuesOf(await run('export const work = (x, ctx) => ctx.files.get("large").length'))).toEqual([large.length, large.length])
  })
})

describe('on their way', () => {
  const content = new Uint8Array(randomBytes(9_000_000))
  const sha256 = digestOf(content)
  const brief = (change = {}) => ({ job: 'j', files: [{ name: 'a', sha256, bytes: content.length, ...change }] }) as unknown as JobBrief
  const told = new AbortController()

  function started(where: FileFolder, change: (asked: readonly [number, number]) => ReturnType<FetchRange> | undefined = () => undefined) {
    const asked: [number, number][] = []
    const clock = new ManualClock()
    const events: string[] = []
    const fetch: FetchRange = async (_, from, to) => {
      asked.push([from, to])
      return (await change([from, to])) ?? content.slice(from, to)
    }
    const files: Files = new Files({
      ...{ folder: where, fetch, clock, log: { info: () => {}, warn: (sentence) => events.push(sentence) } },
      onReady: () => events.push('ready'),
      onUnavailable: (_, message) => events.push(message),
    })
    const next = (count: number) => expect.poll(() => events.length).toBe(count)
    return { files, asked, clock, events, next }
  }
  const MIB = 1024 * 1024
  const parts = [
    [0, 4 * MIB],
    [4 * MIB, 8 * MIB],
    [8 * MIB, content.length],
  ]

  test('X22 a file is asked for by ranges, once, and is there for the next run of the worker', async () => {
    const path = join(folder, 'kept')
    const first = started(fileFolder(path))
    expect([first.files.of(brief()), first.files.of(brief())]).toEqual([undefined, undefined])
    await first.next(1)
    const [file] = first.files.of(brief())!
    expect(Buffer.from(await file!.content.arrayBuffer()).equals(content)).toBe(true)
    expect(first.asked).toEqual(parts)
    const second = started(fileFolder(path))
    second.files.of(brief())
    await second.next(1)
    expect([second.asked, second.files.of(brief())?.[0]?.content.size]).toEqual([[], content.length])
    expect([first.files.of({} as JobBrief), first.events]).toEqual([[], ['ready']])
  })

  test('X22 what came before a loss or a kill is not asked for again, a torn piece is', async () => {
    const path = join(folder, 'torn')
    const first = started(fileFolder(path), ([from]) => (from > 0 && !told.signal.aborted ? Promise.reject(new Error('lost')) : undefined))
    first.files.of(brief())
    await first.next(1)
    expect(first.events[0]).toContain('asked for again: lost')
    expect(readdirSync(path)).toEqual([`${sha256}.0`])
    told.abort()
    first.clock.advance(2000)
    first.files.of(brief())
    await first.next(3)
    expect(first.asked).toEqual([parts[0], parts[1], parts[1], parts[2]])
    writeFileSync(join(path, `${sha256}.2`), 'torn')
    const second = started(fileFolder(path))
    second.files.of(brief())
    await second.next(1)
    expect(second.asked).toEqual([parts[2]])
  })

  test('X22 bytes of another digest are refused and forgotten, wherever they were changed', async () => {
    const where = memoryFiles()
    const lied = started(where, async ([from, to]) => new Uint8Array(to - from))
    lied.files.of(brief())
    await lied.next(1)
    expect(lied.events[0]).toMatch(new RegExp(`^Expected a file with SHA-256 ${sha256}, got one with [0-9a-f]{64}\\.$`))
    expect([await where.list(), lied.files.of(brief())]).toEqual([[], undefined])
    const refused = started(where, async () => ({ refused: 'The server did not give the file (404): no' }))
    refused.files.of(brief())
    await refused.next(1)
    expect(refused.events).toEqual(['The server did not give the file (404): no'])
  })

  test('X22 a folder that cannot be written costs the copy on disk, not the file', async () => {
    const full = started({ ...memoryFiles(), write: () => Promise.reject(new Error('full')) })
    full.files.of(brief())
    await full.next(4)
    expect(full.events.at(-1)).toBe('ready')
    expect(full.files.of(brief())?.[0]?.content.size).toBe(content.length)
  })
})
