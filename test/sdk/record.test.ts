import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { extract, pack } from 'tar-stream'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { record } from '../../sdk/cli/record.ts'
import { verify } from '../../sdk/cli/verify-record.ts'
import { decodeOutputs, encode, encodeOutputs } from '../../sdk/codec.ts'
import { connect, type DSage } from '../../sdk/dsage.ts'
import type { RecordOptions } from '../../sdk/job-record.ts'
import { thisMachine } from '../../sdk/local/machine.ts'
import { openSandbox } from '../../sdk/local/open-sandbox.ts'
import { type VerifyOptions, verifyRecord as verifyRecordIn } from '../../sdk/local/verify-record.ts'
import type { LocalSandbox } from '../../sdk/local-sandbox.ts'
import { workModule } from '../../sdk/node.ts'
import { type JobBrief, type JobSpec, type LeasedUnit, LIMITS } from '../../sdk/protocol.ts'
import { digestOf } from '../../server/store/payloads.ts'
import { asks, TestApp } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { LONG_TESTS } from '../support/long-tests.ts'
import { jobSpec } from '../support/store-kit.ts'
import { scriptedServer } from './scripted-server.ts'

let folder: string
let app: TestApp
let d: DSage
let sandbox: LocalSandbox
beforeAll(async () => {
  sandbox = await openSandbox()
  folder = mkdtempSync(join(tmpdir(), 'dsage-record-'))
  app = await TestApp.start()
  d = await connect(app.url, { key: OWNER_KEY.privateKey, ...thisMachine('nowhere') })
})
afterAll(async () => {
  await d.close()
  await app.close()
  await sandbox.close()
  rmSync(folder, { recursive: true, force: true })
})
/** In one sandbox: to start a process for each would take most of the time. */
const verifyRecord = (file: string, options: VerifyOptions) =>
  verifyRecordIn(file, { open: async () => ({ run: (unit) => sandbox.run(unit), close: async () => {} }), ...options })
let files = 0
const newFile = () => join(folder, `${files++}.tar`)

const CODE = Buffer.from(`export const work = (input, ctx) => {
  if (input === 'throws') throw new RangeError('as asked')
  return { twice: [input, input], at: Date.now(), chance: ctx.random() }
}
`)

type Answer = (unit: LeasedUnit, job: JobBrief) => Uint8Array | Promise<Uint8Array>

/** A job of one input a unit, over, whose units `answer` computes. */
async function endedJob(inputs: readonly unknown[], answer: Answer, change: Partial<JobSpec> = {}) {
  const spec = jobSpec({ redundancy: 'none', bundle: digestOf(CODE), name: 'twice', ...change })
  const units = inputs.map((input, i) => ({ key: String(i), input: encode([input]), inputs: 1 }))
  const researcher = await app.researcher()
  await researcher.ask('submit', { spec, code: CODE, units, inputsComplete: true })
  const volunteer = await app.volunteer()
  for (let left = inputs.length; left > 0; ) {
    const { leases, jobs } = await volunteer.ask('lease', asks)
    const outputs: Uint8Array[] = []
    for (const lease of leases) outputs.push(await answer(lease, jobs.find(({ job }) => job === lease.job)!))
    await volunteer.ask('return', { results: leases.map(({ lease }, i) => ({ lease, seconds: 0.01, output: outputs[i]! })) })
    left -= leases.length
  }
  volunteer.close()
  researcher.close()
  return spec.job
}
const constant: Answer = () => encodeOutputs([{ value: 0 }])

/** What an honest device answers. */
const honest: Answer = async ({ input, seed }, { job, bundle, createdAt, timeoutSeconds, memoryMegabytes }) => {
  const outcome = await sandbox.run({ job, bundle, code: CODE.toString(), input, seed, createdAt, timeoutSeconds, memoryMegabytes })
  if ('errored' in outcome) throw new Error(outcome.message)
  return outcome.output
}

async function filesIn(file: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const entries = createReadStream(file).pipe(extract())
  for await (const entry of entries) {
    let text = ''
    for await (const part of entry as AsyncIterable<Uint8Array>) text += Buffer.from(part).toString()
    found.set(entry.header.name, text)
  }
  return found
}

/** An archive of these files, with sums that fit unless others are given. */
async function archiveOf(contents: ReadonlyMap<string, string>, sums?: string): Promise<string> {
  const file = newFile()
  const archive = pack()
  let made = ''
  for (const [name, text] of contents) {
    if (name === 'SHA256SUMS') continue
    archive.entry({ name }, text)
    made += `${createHash('sha256').update(text).digest('hex')}  ${name}\n`
  }
  archive.entry({ name: 'SHA256SUMS' }, sums ?? made)
  archive.finalize()
  const parts: Uint8Array[] = []
  archive.on('data', (part: Uint8Array) => parts.push(part))
  await once(archive, 'end')
  writeFileSync(file, Buffer.concat(parts))
  return file
}

test('J42 a record is one archive of texts: the job, its code, and each unit with its result and holders; the same bytes each time', async () => {
  const job = await endedJob([1, 5n, new Map([['a', Number.NaN]])], constant)
  const [first, second] = [newFile(), newFile()]
  const summary = await (await d.job(job)).record(first)
  expect(summary).toEqual({ file: first, units: 3, bytes: statSync(first).size, sha256: digestOf(readFileSync(first)) })
  expect(statSync(first).mode & 0o777).toBe(0o600)
  await (await d.job(job)).record(second)
  expect(readFileSync(second).equals(readFileSync(first))).toBe(true)
  const contents = await filesIn(first)
  expect([...contents.keys()]).toEqual(['record.json', 'bundle.js', 'units/000000.jsonl', 'SHA256SUMS'])
  expect(contents.get('bundle.js')).toBe(CODE.toString())
  expect(JSON.parse(contents.get('record.json')!)).toMatchObject({
    ...{ dsage: 'record', format: 1, versions: { dsage: expect.any(String), protocol: expect.any(Number) } },
    ...{ job: { job, state: 'finished', owner: expect.any(String) }, spec: { job, bundle: digestOf(CODE), redundancy: 'none' } },
  })
  const lines = contents
    .get('units/000000.jsonl')!
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ key, state, inputs, outputs }) => [key, state, inputs, outputs])).toEqual([
    ['0', 'accepted', [1], [{ value: 0 }]],
    ['1', 'accepted', [{ $int: '5' }], [{ value: 0 }]],
    ['2', 'accepted', [{ $map: [['a', { $number: 'NaN' }]] }], [{ value: 0 }]],
  ])
  expect(lines[0]).toMatchObject({
    seed: /^[0-9a-f]{32}$/ as never,
    leases: [{ holder: expect.stringMatching(/^d:/), engine: 'v8-13', state: 'agreed' }],
  })
})

test('J42 a large job is written in several files, none much larger than a megabyte', async () => {
  const inputs = Array.from({ length: 18 }, (_, i) => `${i}`.padEnd(150_000, 'x'))
  const file = newFile()
  expect(await (await d.job(await endedJob(inputs, constant))).record(file)).toMatchObject({ units: 18 })
  const units = [...(await filesIn(file))].filter(([name]) => name.startsWith('units/'))
  expect(units.map(([name]) => name)).toEqual(['units/000000.jsonl', 'units/000001.jsonl', 'units/000002.jsonl'])
  expect(Math.max(...units.map(([, text]) => text.length))).toBeLessThan(1.3 * 1024 * 1024)
})

test('J42 a job that was submitted here is waited for, and its record has the map of its sources', async () => {
  writeFileSync(join(folder, 'work.ts'), 'export const work = (n: number): number => n + 1\n')
  const job = d.map(workModule<{ work(n: number): number }>(pathToFileURL(join(folder, 'work.ts'))), [1], { redundancy: 'none' })
  const file = newFile()
  const recorded = job.record(file)
  const volunteer = await app.volunteer()
  const { leases } = await volunteer.ask('lease', asks)
  await volunteer.ask('return', { results: leases.map(({ lease }) => ({ lease, output: encodeOutputs([{ value: 2 }]), seconds: 1 })) })
  expect(await recorded).toMatchObject({ file, units: 1 })
  const contents = await filesIn(file)
  expect(JSON.parse(contents.get('bundle.js.map')!)).toMatchObject({ version: 3, sources: ['work.ts'] })
  expect(await verifyRecord(file, { sample: 1, seed: 0 })).toMatchObject({ results: 1, recomputed: 1 })
})

test('J42 a job that is not over has no record, and a file that cannot be written is named', async () => {
  const researcher = await app.researcher()
  const running = await d.job(await app.submit(researcher, 1))
  await expect(running.record(newFile())).rejects.toMatchObject({ code: 'bad-argument', message: /it is running; wait for it or kill it/ })
  await running.kill()
  const nowhere = join(folder, 'nowhere', 'x.tar')
  await expect(running.record(nowhere)).rejects.toMatchObject({ code: 'bad-argument', message: /nowhere.*ENOENT/ })
  researcher.close()
})

test('C22 a record that is interrupted fails and leaves nothing beside the file', async () => {
  const home = mkdtempSync(join(folder, 'home-'))
  writeFileSync(join(home, 'dsage_key'), OWNER_KEY.privateKey, { mode: 0o600 })
  const server = await scriptedServer()
  const job = 'a'.repeat(32)
  server.jobs.set(job, { state: 'finished', units: new Map(), events: [], complete: true, unitSeconds: 0 })
  const interruption = new AbortController()
  const beside = () => readdirSync(home).filter((name) => name.includes('.tar'))
  server.wishes.onMessage = (event) => {
    if (event === 'manifest') return { ok: { spec: {}, code: CODE } }
    if (event === 'status') return { ok: { version: '0', protocol: 0 } }
    return event === 'record' ? 'silence' : undefined
  }
  const wish = { home, url: server.url, job, file: join(home, 'it.tar'), json: false }
  const recording = record(wish, interruption.signal)
  await vi.waitFor(() => expect(beside()).toEqual([expect.stringMatching(/^it\.tar\..{36}$/)]), { timeout: 30_000 })
  interruption.abort()
  expect(await recording).toBe(1)
  expect(beside()).toEqual([])
  await server.close()
})

const recordOf = async (job: string): Promise<string> => (await (await d.job(job)).record(newFile())).file

test.each(['map', 'function'] as const)(
  'J43 what honest devices gave for a %s is recomputed to the same bytes, throws and drawn numbers too',
  async (kind) => {
    const inputs = [1, -0, 5n, 'throws', new Float64Array([1.5, Number.NaN]), new Set([new Date(0)]), { ['__proto__']: undefined }]
    const file = await recordOf(await endedJob(inputs, honest, { kind }))
    const verification = await verifyRecord(file, { sample: 1, seed: 1 })
    expect(verification).toMatchObject({ name: 'twice', units: 7, results: 7, recomputed: 7 })
    expect(verification.disagreement).toBeUndefined()
  },
)

test('J53 what a job compared with a tolerance is recomputed within it', async () => {
  const near: Answer = async (unit, job) => {
    const [item] = decodeOutputs(await honest(unit, job)) as unknown as [{ value: { at: number; chance: number; twice: unknown } }]
    return encodeOutputs([{ value: { ...item.value, at: item.value.at + 1 } }])
  }
  const job = await endedJob([1, 2], near, { compare: { relTol: 1e-9, absTol: 0 } })
  expect((await verifyRecord(await recordOf(job), { sample: 1, seed: 1 })).disagreement).toBeUndefined()
  const exact = await endedJob([1, 2], near)
  expect((await verifyRecord(await recordOf(exact), { sample: 1, seed: 1 })).disagreement).toMatchObject({ unit: '0' })
})

/** A job over two inputs whose honest device read `bytes` under two names; what `options` make of its record. */
async function recordWithFiles(bytes: Uint8Array<ArrayBuffer>, options: RecordOptions = {}) {
  const code = `export const work = (name, ctx) => [ctx.files.get(name).reduce((sum, byte) => (sum * 31 + byte) % 65521, 7), ctx.random()]`
  const job = d.map<string, unknown>({ bundle: code }, ['a.bin', 'same'], { files: { 'a.bin': bytes, same: bytes }, redundancy: 'none' })
  const file = newFile()
  const recorded = job.record(file, options)
  recorded.catch(() => {})
  const volunteer = await app.volunteer()
  const { leases, jobs } = await volunteer.ask('lease', asks)
  const { bundle, createdAt } = jobs[0]!
  const files = ['a.bin', 'same'].map((name) => ({ name, sha256: digestOf(bytes), content: new Blob([bytes]) }))
  for (const { lease, input, seed } of leases) {
    const unit = { job: job.id, bundle, code, input, seed, createdAt, timeoutSeconds: 60, memoryMegabytes: 256, files }
    const outcome = await sandbox.run(unit)
    if ('errored' in outcome) throw new Error(outcome.message)
    await volunteer.ask('return', { results: [{ lease, output: outcome.output, seconds: 1 }] })
  }
  volunteer.close()
  await recorded
  return file
}

test('J48 a record carries the files of its job once, and whoever has it recomputes what read them', async () => {
  const bytes = new Uint8Array(randomBytes(LIMITS.filePieceBytes + 1000))
  const file = await recordWithFiles(bytes)
  const names = [...(await filesIn(file)).keys()]
  expect(names).toEqual(['record.json', 'bundle.js', `files/${digestOf(bytes)}`, 'units/000000.jsonl', 'SHA256SUMS'])
  const verification = await verifyRecord(file, { sample: 1, seed: 0 })
  expect(verification).toMatchObject({ results: 2, recomputed: 2 })
  expect(verification.disagreement).toBeUndefined()
  await expect(verifyRecord(file, { sample: 1, seed: 0, files: { 'a.bin': bytes } })).rejects.toThrow('got a.bin; leave it out')
})

/** Each makes and verifies records in processes of their own. */
const alsoHere = LONG_TESTS ? test : () => {}

alsoHere('J48 of files that are too large it has the digests, and they are given when it is verified', async () => {
  const bytes = new Uint8Array(randomBytes(2000))
  const file = await recordWithFiles(bytes, { filesUpTo: 1999 })
  const contents = await filesIn(file)
  expect([...contents.keys()]).toEqual(['record.json', 'bundle.js', 'units/000000.jsonl', 'SHA256SUMS'])
  const { format, spec } = JSON.parse(contents.get('record.json')!)
  expect([format, spec.files.map(({ sha256 }: { sha256: string }) => sha256)]).toEqual([1, [digestOf(bytes), digestOf(bytes)]])
  const path = join(folder, 'a.bin')
  writeFileSync(path, bytes)
  const verifying = (files?: Record<string, string | Uint8Array>) => verifyRecord(file, { sample: 1, seed: 0, files })
  expect((await verifying({ 'a.bin': path, same: bytes })).disagreement).toBeUndefined()
  await expect(verifying()).rejects.toThrow(
    `Expected file a.bin with SHA-256 ${digestOf(bytes)}, which the record does not carry, got none; give it`,
  )
  await expect(verifying({ 'a.bin': path, same: bytes.slice(1) })).rejects.toThrow('Expected file same')
  await expect(recordWithFiles(bytes, { filesUpTo: -1 })).rejects.toThrow('Expected `filesUpTo`')
})

alsoHere('J48 a file in a record that is not what its name says, or not the job’s, is refused', async () => {
  const bytes = new Uint8Array(Buffer.from('the very text'))
  const contents = await filesIn(await recordWithFiles(bytes))
  const name = `files/${digestOf(bytes)}`
  const changed = await archiveOf(new Map([...contents, [name, 'another text!']]))
  await expect(verifyRecord(changed, { sample: 1, seed: 0 })).rejects.toThrow('holds other bytes than its name says')
  const foreign = new Map([...contents].map(([key, text]) => (key === name ? [`files/${digestOf(Buffer.from('x'))}`, 'x'] : [key, text])))
  await expect(verifyRecord(await archiveOf(foreign), { sample: 1, seed: 0 })).rejects.toThrow(`stands where bundle.js.map or ${name}`)
})

test('J43 the first result that differs is told with both values and the engines that gave it', async () => {
  const lying: Answer = (unit, job) =>
    Buffer.from(unit.input).equals(encode([3])) ? encodeOutputs([{ value: 'a\u001b lie' }]) : honest(unit, job)
  const file = await recordOf(await endedJob([1, 2, 3, 4, 5], lying))
  const { disagreement, recomputed } = await verifyRecord(file, { sample: 1, seed: 1 })
  expect(recomputed).toBe(3)
  expect(disagreement).toEqual({
    ...{ unit: '2', input: 0, recorded: '"a\\u001b lie"', recomputed: expect.stringContaining('{"at":'), engines: ['v8-13'] },
  })
})

test('C20 a result that this machine does not find is told by the command, with exit code 1', async () => {
  const file = await recordOf(await endedJob(['a', 'b'], constant))
  const command = fileURLToPath(new URL('../../bin/dsage', import.meta.url))
  const asked = promisify(execFile)(process.execPath, [command, 'verify-record', file, '--seed', '5'], { cwd: folder })
  await expect(asked).rejects.toMatchObject({
    code: 1,
    stderr: '',
    stdout: expect.stringMatching(
      /recomputed 1 of 2 \(seed 5\), and the last differs: unit [01], input 0\n {2}recorded {3}0 \(v8-13\)\n {2}computed {3}\{"at":.+ \(v8-\d+, this machine\)\n$/,
    ),
  })
})

test('J43 the sample is a share of the results, at least one, chosen by its seed', async () => {
  const lying: Answer = (unit, job) => (Buffer.from(unit.input).equals(encode([7])) ? constant(unit, job) : honest(unit, job))
  const file = await recordOf(
    await endedJob(
      Array.from({ length: 20 }, (_, i) => i),
      lying,
    ),
  )
  const verified = async (sample: number, seed: number) => {
    const { results, recomputed, disagreement } = await verifyRecord(file, { sample, seed })
    return [results, recomputed, disagreement?.unit]
  }
  expect(await verified(0.1, 3)).toEqual([20, 2, undefined])
  expect(await verified(1e-6, 3)).toEqual([20, 1, undefined])
  expect(await verified(0.5, 3)).toEqual([20, 10, undefined])
  expect((await verified(0.5, 0))[2]).toBe('7')
})

test('J42 a damaged record is refused with what is wrong, before anything is computed', async () => {
  const file = await recordOf(await endedJob([1, 2, 3], honest))
  const whole = readFileSync(file)
  const contents = await filesIn(file)
  const changed = (name: string, change: (text: string) => string, sums?: string) =>
    archiveOf(new Map([...contents].map(([each, text]) => [each, each === name ? change(text) : text])), sums)
  const cut = (bytes: number) => {
    const damaged = newFile()
    writeFileSync(damaged, whole.subarray(0, bytes))
    return damaged
  }
  const units = 'units/000000.jsonl'
  const old = contents.get('SHA256SUMS')!
  const flipped = Buffer.from(whole)
  flipped[flipped.indexOf('"state":"accepted"') + 11] = 0x58
  const bad = newFile()
  writeFileSync(bad, flipped)
  for (const [damaged, why] of [
    [join(folder, 'none.tar'), /there is no such file/],
    [folder, /no whole archive/],
    [cut(0), /it ends before SHA256SUMS/],
    [cut(700), /no whole archive|ends before/],
    [cut(whole.indexOf('SHA256SUMS')), /it ends before SHA256SUMS/],
    [bad, /at state|line 1 of units/],
    [await changed(units, (text) => text.replace('{"value":', '{"value":1,"x":'), undefined), /at outputs/],
    [await changed(units, (text) => text.replaceAll('"accepted"', '"sealed"'), old), /units\/000000.jsonl is not what SHA256SUMS says/],
    [await changed(units, (text) => text.slice(0, -1)), /line 3 of units\/000000.jsonl has no end/],
    [await changed(units, () => 'x\n'), /line 1 of units\/000000.jsonl is no JSON/],
    [await changed('bundle.js', (text) => `${text} `), /bundle.js is not the code that its job names/],
    [await changed('record.json', (text) => text.replace('"format": 1', '"format": 3')), /a newer dsage wrote it/],
    [await archiveOf(new Map([...contents].slice(1))), /bundle.js stands where record.json is expected/],
    [await archiveOf(new Map([...contents, ['more', '']])), /more stands where/],
  ] as const)
    await expect(verifyRecord(damaged, { sample: 1, seed: 0 }), String(why)).rejects.toMatchObject({ code: 'record-damaged', message: why })
  const invented = await changed(units, (text) => text.replace(/"twice":\[1,1\]/, '"twice":[2,2]'))
  await expect(verifyRecord(invented, { sample: 1, seed: 0 })).rejects.toMatchObject({ message: /unit 0 is not what its holders gave/ })
})

test('V41 a record whose archive says what cannot be is refused in bounded memory and time', async () => {
  /** The header of one file, as `tar` writes it. */
  const header = (name: string, size: string, kind = '0') => {
    const block = Buffer.alloc(512)
    for (const [at, text] of [
      [0, name],
      [100, '0000644'],
      [124, size],
      [148, '        '],
      [156, kind],
      [257, 'ustar\x0000'],
    ] as const)
      block.write(text, at, 'latin1')
    block.write(
      `${block
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    )
    return block
  }
  /** So much more that the reader would have to keep it. */
  const endless = 3 * 1024 ** 3
  for (const [block, length, why] of [
    [header('more', endless.toString(8), 'x'), endless, /more is something else, expected files alone/],
    [header('more', endless.toString(8), 'L'), endless, /more is something else/],
    [header('link', '00000000000', '2'), 1024, /link is something else/],
    [header('record.json', '-0000000001'), 1024, /record.json has no size/],
    [header('record.json', '\x80\0\0\0\0\0\0\0\0\0\0\x01'), 1024, /record.json has no size/],
    [header('record.json', '77777777777'), 1024, /record.json has 8589934591 bytes, expected at most 67108864/],
    [header('../\x1b[31m', '00000000000'), 1024, /\.\.\/\\u\{1b\}\[31m stands where record.json is expected/],
  ] as const) {
    const file = newFile()
    writeFileSync(file, block)
    truncateSync(file, 512 + length)
    const before = process.memoryUsage.rss()
    await expect(verifyRecord(file, { sample: 1, seed: 0 }), String(why)).rejects.toMatchObject({ code: 'record-damaged', message: why })
    expect(process.memoryUsage.rss() - before).toBeLessThan(endless / 8)
  }
})

test('C20 what a stranger called a job commands no terminal, in sentences and in JSON', async () => {
  const name = 'twice \u009b2J\u202e\u001b]0;x'
  const file = await recordOf(await endedJob([1], honest, { name }))
  const written: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  try {
    for (const json of [true, false]) expect(await verify({ file, sample: 1, seed: 0, json })).toBe(0)
  } finally {
    write.mockRestore()
  }
  expect(written.join('')).not.toMatch(/[\p{Cc}\p{Bidi_Control}](?<!\n)/u)
  expect(JSON.parse(written[0]!)).toMatchObject({ name, recomputed: 1 })
})
