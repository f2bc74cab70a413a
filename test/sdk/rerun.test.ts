import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect, type DSage } from '../../sdk/dsage.ts'
import { Job } from '../../sdk/job.ts'
import { fromJson } from '../../sdk/json.ts'
import { localFiles } from '../../sdk/local/local-files.ts'
import { TestApp } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { realTimers } from '../support/real-timers.ts'
import { squaringVolunteer } from '../support/squaring-volunteer.ts'

let app: TestApp
let d: DSage
let directory: string
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'dsage-rerun-'))
  app = await TestApp.start({ timers: realTimers })
  d = await connect(app.url, { key: OWNER_KEY.privateKey, files: localFiles })
})
afterEach(async () => {
  await d.close()
  await app.close()
  rmSync(directory, { recursive: true, force: true })
})

const work = { bundle: 'export const work = (n) => n * n' }
const quick = { redundancy: 'none', batch: 3 } as const
async function* counted(most: number, from = 0n) {
  for (let n = 0; n < most; n++) yield from + BigInt(n)
}
const squares = (most: number) => Array.from({ length: most }, (_, n) => BigInt(n) ** 2n)
const read = (file: string) => fromJson(JSON.parse(readFileSync(file, 'utf8')))

test('J24 a job is run again as a new one of the same name: from its array, and from the server where its source is spent', async () => {
  await squaringVolunteer(app)
  for (const inputs of [[2n, 3n, 4n, 5n], counted(40, 2n ** 60_000n)]) {
    const job = d.map(work, inputs, { ...quick, batch: 1, name: 'squares' })
    const again = job.rerun()
    const values = await job.wait()
    expect(await again.wait()).toEqual(values)
    const third = again.rerun()
    expect(await third.wait()).toEqual(values)
    expect(new Set([job.id, again.id, third.id]).size).toBe(3)
    expect([again.name, third.status!.inputs]).toEqual(['squares', values.length])
  }
})

test('J24 a job that ended before all its inputs were read is not run again as if these were all', async () => {
  const gate = Promise.withResolvers<void>()
  const job = d.map(
    work,
    (async function* () {
      yield* counted(9)
      await gate.promise
    })(),
    quick,
  )
  await expect.poll(() => job.status?.inputs).toBe(9)
  const again = job.rerun()
  const end = expect(again.wait()).rejects.toThrow('it is cancelled after 9 of them')
  await job.kill()
  await end
  gate.resolve()
})

test('J24 a job that was killed, or whose signal has aborted, is run again', async () => {
  const controller = new AbortController()
  const job = d.map(work, [3n], { ...quick, signal: controller.signal })
  await expect.poll(() => job.status?.state).toBe('running')
  controller.abort()
  await expect(job.wait()).rejects.toMatchObject({ code: 'job-cancelled' })
  await squaringVolunteer(app)
  expect(await job.rerun().wait()).toEqual([9n])
})

test('J24 a job of another process is copied unit by unit, a distributed function and one without all inputs are not', async () => {
  await squaringVolunteer(app)
  const submitted = d.map(work, counted(1100), { ...quick, name: 'many', batch: 1 })
  await submitted.wait()
  const job = await d.job<bigint, bigint>(submitted.id)
  const again = await job.rerun()
  expect(again.id).not.toBe(job.id)
  expect(await again.wait()).toEqual(squares(1100))
  expect([again.name, again.status.inputs]).toEqual(['many', 1100])
  const researcher = await app.researcher()
  const chain = await d.job(await app.submit(researcher, 3, { kind: 'function', name: 'chain' }))
  await expect(chain.rerun()).rejects.toThrow('distributed function chain')
})

test('J24 a job with files is run again with the same files, here and from another process, without sending them again', async () => {
  await squaringVolunteer(app)
  const posts: string[] = []
  app.app.http.on('request', ({ method, url }) => {
    if (method === 'POST' && url!.includes('/files/')) posts.push(url!)
  })
  const job = d.map(work, [2n], { ...quick, files: { a: Uint8Array.of(1, 2), b: Uint8Array.of(3) } })
  await job.wait()
  const again = job.rerun()
  const copied = await (await d.job<bigint, bigint>(job.id)).rerun()
  expect([await again.wait(), await copied.wait()]).toEqual([[4n], [4n]])
  const filesOf = async (id: string) => (await d.connection.request('manifest', { job: id })).spec.files
  const files = await filesOf(job.id)
  expect(files!.map(({ name, bytes }) => [name, bytes])).toEqual([
    ['a', 2],
    ['b', 1],
  ])
  expect([await filesOf(again.id), await filesOf(copied.id), posts.length]).toEqual([files, files, 2])
})

test('J25 a job is saved once the server has it and restored by file or id, and a file of something else is named', async () => {
  const file = join(directory, 'job')
  const job = d.map(work, [1n, 2n], quick)
  expect(await job.save(file)).toBe(job.id)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  await squaringVolunteer(app)
  const restored = await Job.restore<bigint>(d, file)
  expect([restored.id, await restored.wait()]).toEqual([job.id, [1n, 4n]])
  expect(await restored.save(join(directory, 'again'))).toBe(job.id)
  expect((await Job.restore(d, join(directory, 'again'))).id).toBe(job.id)
  expect((await Job.restore(d, job.id)).id).toBe(job.id)
  writeFileSync(file, readFileSync(file, 'utf8').replace('"Job"', '"Sum"'))
  await expect(Job.restore(d, file)).rejects.toThrow('a saved Sum')
  await expect(Job.restore(d, join(directory, 'none'))).rejects.toThrow('ENOENT')
  await expect(d.map({ bundle: 'export const work = (n) => n' }, 5 as never).save()).rejects.toThrow('iterable')
})

test('J26 values are written in the order of inputs as exact JSON, a value a line, and nothing is left beside them', async () => {
  await squaringVolunteer(app)
  const file = join(directory, 'squares.json')
  writeFileSync(file, 'old')
  const job = d.map(work, counted(600), { ...quick, batch: 1 })
  await job.writeResult(file)
  expect(read(file)).toEqual(squares(600))
  expect(readFileSync(file, 'utf8').split('\n').slice(0, 4)).toEqual(['[', '{"$int":"0"},', '{"$int":"1"},', '{"$int":"4"},'])
  await (await d.job(job.id)).writeResult(join(directory, 'again.json'))
  expect(readFileSync(join(directory, 'again.json'), 'utf8')).toBe(readFileSync(file, 'utf8'))
  const none = d.map(work, [], quick)
  await none.writeResult(file)
  expect([read(file), readdirSync(directory).sort()]).toEqual([[], ['again.json', 'squares.json']])
})

test('J26 a job that gives no result leaves the file as it was, and a place that cannot be written is named', async () => {
  await squaringVolunteer(app)
  const file = join(directory, 'kept')
  writeFileSync(file, 'old')
  const failing = d.map(work, [1n, -1n, 2n, -2n], quick)
  await expect(failing.writeResult(file)).rejects.toMatchObject({
    code: 'job-failed',
    index: 1,
    message: expect.stringContaining('2 inputs'),
  })
  expect([readFileSync(file, 'utf8'), readdirSync(directory)]).toEqual(['old', ['kept']])
  await expect(d.map(work, [1n], quick).writeResult(join(directory, 'none', 'file'))).rejects.toThrow('ENOENT')
})

test('J26 texts are listed by position whatever their order, size and repetition', async () => {
  const file = join(directory, 'list')
  const texts = Array.from({ length: 1000 }, (_, n) => JSON.stringify(`${n}é`.repeat(1 + (n % 90) ** 2 / 30)))
  await localFiles.writeList(
    file,
    (async function* () {
      for (let i = 0; i < texts.length; i++) yield [(i * 7) % 1000, '"taken back"'] as const
      for (let i = 0; i < texts.length; i++) yield [(i * 1009) % 1000, texts[(i * 1009) % 1000]!] as const
    })(),
  )
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(texts.map((text) => JSON.parse(text)))
})
