/** A job on real workers, kept by the command and recomputed by it. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LocalDSage, startAll } from '../../sdk/node.ts'
import type { WorkContext } from '../../sdk/work-context.ts'

const command = fileURLToPath(new URL('../../bin/dsage', import.meta.url))
let folder: string
let d: LocalDSage
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dsage-record-'))
  d = await startAll({ home: join(folder, 'home'), workers: 1, port: 0 })
})
afterAll(async () => {
  await d?.close()
  rmSync(folder, { recursive: true, force: true })
})

const run = (...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env.PATH ?? '', HOME: folder, DSAGE_HOME: join(folder, 'home') } }
    execFile(process.execPath, [command, ...words], options, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })

test('C20 a job is recorded, recomputed to the same bytes, and refused when it was tampered with', async () => {
  const job = d.map((n: number, ctx) => ({ square: n * n, chance: ctx.random() }), [1, 2, 3, 4, 5, 6], { name: 'squares', batch: 2 })
  await job.wait()
  const recorded = await run('record', job.id, 'squares.tar', '--url', d.url, '--json')
  expect([recorded.code, recorded.stderr]).toEqual([0, ''])
  expect(JSON.parse(recorded.stdout)).toMatchObject({ file: 'squares.tar', units: 3 })
  expect(await run('verify-record', 'squares.tar', '--sample', '100%', '--seed', '7')).toEqual({
    ...{ code: 0, stderr: '' },
    stdout: 'squares.tar: job squares, 3 units, 3 with a result; the archive is whole.\n3 of 3 recomputed here (seed 7): the same bytes.\n',
  })
  const damaged = readFileSync(join(folder, 'squares.tar'))
  damaged[damaged.indexOf('"square":4') + 9] = '5'.charCodeAt(0)
  writeFileSync(join(folder, 'damaged.tar'), damaged)
  const refused = await run('verify-record', 'damaged.tar')
  expect(refused).toMatchObject({
    code: 1,
    stdout: '',
    stderr: /^Expected damaged\.tar .*units\/000000\.jsonl is not what SHA256SUMS says.*\.\n$/,
  })
})

test('C20 a record without the files of its job is verified with these, given by path', async () => {
  const work = (name: string, ctx: WorkContext) => new TextDecoder().decode(ctx.files.get(name)).split(' ').length
  const path = join(folder, 'corpus.txt')
  writeFileSync(path, 'so many words')
  const job = d.map(work, ['corpus'], { files: { corpus: path } })
  expect(await job.wait()).toEqual([3])
  for (const [file, ...limit] of [['with.tar'], ['without.tar', '--files-up-to', '0']] as const)
    expect(await run('record', job.id, file, '--url', d.url, ...limit)).toMatchObject({ code: 0, stderr: '' })
  const same = { code: 0, stdout: expect.stringContaining('1 of 1 recomputed here') }
  expect(await run('verify-record', 'with.tar')).toMatchObject(same)
  expect(await run('verify-record', 'without.tar', '--file', `corpus=${path}`)).toMatchObject(same)
  expect(await run('verify-record', 'without.tar')).toMatchObject({ code: 1, stderr: expect.stringContaining('give it with --file') })
  expect(await run('verify-record', 'without.tar', '--file', 'corpus')).toMatchObject({ code: 2 })
})
