import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { checkClock } from '../../sdk/cli/doctor/clock.ts'
import { checkHome } from '../../sdk/cli/doctor/home.ts'
import { checkPort } from '../../sdk/cli/doctor/port.ts'
import { evaluate } from '../../sdk/cli/eval.ts'
import { showJob } from '../../sdk/cli/job.ts'
import { listJobs } from '../../sdk/cli/jobs.ts'
import { kill } from '../../sdk/cli/kill.ts'
import { mapInputs } from '../../sdk/cli/map-inputs.ts'
import { printStatus } from '../../sdk/cli/status.ts'
import { readScript } from '../../sdk/local/script.ts'
import type { LocalDSage } from '../../sdk/node.ts'
import { localCluster } from '../support/local-cluster.ts'

const command = fileURLToPath(new URL('../../bin/dsage', import.meta.url))
const work = { bundle: 'export const work = (n) => { if (n < 0) for (;;); return n * n }' }
let home: string
let d: LocalDSage
let close: () => Promise<void>
beforeAll(async () => {
  ;({ home, d, close } = await localCluster('commands', 1))
})
afterAll(() => close())
afterEach(() => vi.restoreAllMocks())

/** What a command prints here, and its exit code. */
async function here(run: () => Promise<number>): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    vi.spyOn(process[name], 'write').mockImplementation((piece) => {
      said[name] += String(piece)
      return true
    })
  const code = await run()
  vi.restoreAllMocks()
  return { code, ...said }
}

/** The command in a process of its own. */
async function there(words: readonly string[], input = ''): Promise<{ code: number; stdout: string; stderr: string }> {
  const environment = { PATH: process.env.PATH ?? '', HOME: home, DSAGE_HOME: home }
  const child = spawn(process.execPath, [command, ...words], { env: environment, cwd: home })
  child.stdin.end(input)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (piece: string) => {
      said[name] += piece
    })
  const [code] = await once(child, 'close')
  return { code, ...said }
}

test('C10 jobs lists one’s own jobs by state and name, job shows one, and nothing in their names commands the terminal', async () => {
  const wish = { home, url: d.url }
  const all = { ...wish, limit: 50, json: false, watch: false }
  const done = d.map(work, [1, 2, 3], { name: 'done \u001b[2J\u202e', batch: 1 })
  await done.wait()
  const running = d.map(work, [-1], { name: 'running' })
  await running.save()
  const jobs = await here(() => listJobs({ ...all, active: false }))
  expect([jobs.code, jobs.stdout.split('\n').length]).toEqual([0, 4])
  expect(jobs.stdout).toMatch(new RegExp(`^${done.id}  done \\\\u\\{1b\\}\\[2J\\\\u\\{202e\\}  finished {8}3 {6}3 {7}0$`, 'm'))
  const active = await here(() => listJobs({ ...all, active: true, json: true }))
  expect(JSON.parse(active.stdout).map(({ job }: { job: string }) => job)).toEqual([running.id])
  expect((await here(() => listJobs({ ...all, active: true, name: 'done' }))).stdout).toBe('You have no such jobs.\n')
  const json = await here(() => showJob({ ...wish, id: done.id, json: true, watch: true }))
  expect([json.code, JSON.parse(json.stdout).units.sealed, /[\u007f-\u009f\u202e]/.test(json.stdout)]).toEqual([0, 3, false])
  const results = await here(() => showJob({ ...wish, id: done.id, json: false, watch: false, results: 2 }))
  expect(results.stdout.split('\n').slice(-4)).toEqual([
    'Unit  What    Confidence  Holders  Verified',
    expect.stringMatching(/^\d {5}sealed {2}1\.0000 {12}1$/),
    expect.stringMatching(/^\d {5}sealed {2}1\.0000 {12}1$/),
    '',
  ])
  const sure = await here(() => showJob({ ...wish, id: done.id, json: true, watch: false, results: 1 }))
  expect(JSON.parse(sure.stdout).results).toEqual([{ unit: expect.stringMatching(/^\d$/), what: 'sealed', confidence: 1, holders: 1 }])
  const shown = await here(() => showJob({ ...wish, id: running.id, json: false, watch: false }))
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringMatching(/^State {6}running$/m)])
  const end = running.wait().catch((error) => error.code)
  const watched = here(() => showJob({ ...wish, id: running.id, json: true, watch: true }))
  const killed = await there(['kill', running.id, '--url', d.url])
  expect([killed.code, killed.stdout, await end]).toEqual([0, '1 job cancelled\n', 'job-cancelled'])
  const followed = await watched
  expect([
    followed.code,
    followed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).state)
      .at(-1),
  ]).toEqual([1, 'cancelled'])
})

test('C10 status lists the newest jobs as jobs does: with the same words and the same counts, cancelled units among all', async () => {
  const left = d.map(work, [1, -1], { name: 'left', batch: 1 })
  for await (const _first of left) break
  await left.kill()
  await expect.poll(() => left.status?.units).toMatchObject({ open: 0, sealed: 1, cancelled: 1 })
  const wish = { home, url: d.url, json: false, watch: false }
  const { stdout: jobs } = await here(() => listJobs({ ...wish, active: false, limit: 50 }))
  const { stdout: status } = await here(() => printStatus(wish))
  const lineOf = (text: string) => text.split('\n').find((line) => line.startsWith(left.id))
  expect(lineOf(jobs)).toMatch(/ {2}left +cancelled +1 +2 +0$/)
  expect(lineOf(status)).toBe(lineOf(jobs))
  expect(status).toMatch(/^Newest jobs +Name +State +Decided +Units +Failed +Why$/m)
  expect((await here(() => printStatus({ ...wish, json: true }))).stdout).toContain(`"${left.id}"`)
})

test('C10 kill wants ids or --all, cancels all that are not over, and says which it does not know', async () => {
  const wish = { home, url: d.url, json: false }
  const jobs = [d.map(work, [-1]), d.map(work, [-2])]
  const ends = jobs.map((job) => job.wait().catch((error) => error.code))
  for (const job of jobs) await job.save()
  for (const wrong of [
    { ids: [], all: false },
    { ids: [jobs[0]!.id], all: true },
  ]) {
    const { code, stderr } = await here(() => kill({ ...wish, ...wrong }))
    expect([code, stderr]).toEqual([2, expect.stringContaining('or --all')])
  }
  const killed = await here(() => kill({ ...wish, ids: [], all: true, json: true }))
  expect([killed.code, JSON.parse(killed.stdout), await Promise.all(ends)]).toEqual([
    0,
    { cancelled: 2 },
    ['job-cancelled', 'job-cancelled'],
  ])
  await expect(kill({ ...wish, ids: ['0'.repeat(32)], all: false })).rejects.toMatchObject({ code: 'unknown-job' })
})

test('C11 run gives a program `d` when it uses one, prints what its default export gives, and ends with its exit code', async () => {
  writeFileSync(
    join(home, 'free.mts'),
    'const n: number = 5\nconsole.log(await d.map((k: number) => k * k, [n]).wait(), process.argv[2])\n',
  )
  writeFileSync(
    join(home, 'main.mts'),
    "import type { DSage } from 'dsage'\nexport default async (d: DSage) => [await d<bigint>('2n ** 64n').wait()]\n",
  )
  writeFileSync(join(home, 'alone.mjs'), "const d = 3\nconsole.log('alone', d)\nprocess.exitCode = 7\n")
  writeFileSync(join(home, 'throws.mjs'), 'await d.nothing()\n')
  const url = ['--url', d.url]
  const [free, main, alone, throws] = await Promise.all([
    there(['run', 'free.mts', 'word', ...url]),
    there(['run', 'main.mts', '--json', ...url]),
    there(['run', 'alone.mjs', '--url', 'http://127.0.0.1:1']),
    there(['run', 'throws.mjs', ...url]),
  ])
  expect(free).toEqual({ code: 0, stdout: '[ 25 ] word\n', stderr: '' })
  expect([main.code, main.stderr, JSON.parse(main.stdout)]).toEqual([0, '', { value: [{ $int: '18446744073709551616' }] }])
  expect(alone).toEqual({ code: 7, stdout: 'alone 3\n', stderr: '' })
  expect([throws.code, throws.stderr]).toEqual([1, expect.stringMatching(/TypeError: d\.nothing is not a function[\s\S]*throws\.mjs:1/)])
})

test('C25 a program finds the package by its name wherever it lies, and one without exports prints nothing of its own', async () => {
  writeFileSync(
    join(home, 'named.mts'),
    "import { DistributedFunctionTest } from 'dsage'\nimport { gcd } from 'dsage/math'\nconsole.log(await new DistributedFunctionTest(d, 4).wait(), gcd(4n, 6n))\n",
  )
  writeFileSync(join(home, 'plain.js'), 'd\n')
  writeFileSync(join(home, 'damaged.ts'), 'a b\n')
  const url = ['--url', d.url]
  const [named, plain, damaged] = await Promise.all(['named.mts', 'plain.js', 'damaged.ts'].map((file) => there(['run', file, ...url])))
  expect(named).toEqual({ code: 0, stdout: '10 2n\n', stderr: '' })
  expect(plain).toEqual({ code: 0, stdout: '', stderr: '' })
  expect([damaged!.code, damaged!.stderr]).toEqual([
    2,
    expect.stringMatching(/damaged\.ts to be JavaScript or TypeScript: line 1, column 3: Expected [^\n]*\.\n$/),
  ])
})

test('C24 run that is interrupted says that its jobs go on', async () => {
  const file = join(home, 'endless.mts')
  writeFileSync(file, "await d.map((n) => { for (;;); }, [1], { name: 'goes on' }).wait()\n")
  const child = spawn(process.execPath, [command, 'run', file, '--url', d.url], { env: { PATH: process.env.PATH ?? '', DSAGE_HOME: home } })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    said += piece
  })
  const ended = once(child, 'close')
  await expect.poll(() => d.getMyJobs({ active: true, name: 'goes on' })).toHaveLength(1)
  child.kill('SIGINT')
  expect([(await ended)[0], said]).toEqual([1, `Its jobs go on at ${d.url}: dsage jobs lists them, dsage kill ends one.\n`])
  expect(await d.killAll()).toBe(1)
})

test('C11 a program that needs no connection is told from one that does', async () => {
  const needs = async (text: string) => {
    const file = join(home, 'told.ts')
    writeFileSync(file, text)
    return (await readScript(file)).needsConnection
  }
  expect(await needs('d.map((n: number) => n, [1])')).toBe(true)
  expect(await needs('const main = 1; export { main as default }')).toBe(true)
  expect(await needs("import { startAll } from 'dsage'\nconst d = await startAll()")).toBe(false)
  expect(await needs('export const f = (d: number) => d; ({ d: 1 }).d')).toBe(false)
  await expect(needs('const')).rejects.toThrow('told.ts')
  await expect(readScript(join(home, 'none.ts'))).rejects.toThrow('ENOENT')
})

test('C12 map prints each input and result as it comes, reads ranges, files and standard input, and fails when an input does', async () => {
  const url = ['--url', d.url]
  writeFileSync(join(home, 'work.ts'), 'export const work = (n: bigint): bigint => n * 3n\n')
  writeFileSync(join(home, 'lines.jsonl'), '{"$int":"5"}\n\n{"$int":"7"}\n')
  const [range, file, piped, damaged] = await Promise.all([
    there(['map', 'n => n * n', '1..4', ...url]),
    there(['map', 'work.ts', 'lines.jsonl', '--json', ...url]),
    there(['map', "({ s }) => { if (s === '') throw new RangeError('empty\\x1b'); return s + '!' }", ...url], '{"s":"a"}\n{"s":""}\n'),
    there(['map', 'n => n', ...url], '1\n{\n'),
  ])
  expect([range.code, range.stdout.trimEnd().split('\n').sort(), range.stderr]).toEqual([0, ['1\t1', '2\t4', '3\t9', '4\t16'], ''])
  const records = file.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect([file.code, records.sort((a, b) => a.index - b.index)]).toEqual([
    0,
    [
      { index: 0, input: { $int: '5' }, value: { $int: '15' } },
      { index: 1, input: { $int: '7' }, value: { $int: '21' } },
    ],
  ])
  expect([piped.code, piped.stdout, piped.stderr]).toEqual([1, '{"s":"a"}\ta!\n', 'Input 1 failed: RangeError: empty\\u{1b}\n'])
  expect([damaged.code, damaged.stderr]).toEqual([1, expect.stringContaining('Expected JSON on line 2 of standard input')])
})

test('C12 map that is interrupted cancels its job and fails', async () => {
  const words = ['map', 'n => { for (;;); }', '1..2', '--name', 'endless', '--url', d.url]
  const child = spawn(process.execPath, [command, ...words], { env: { PATH: process.env.PATH ?? '', DSAGE_HOME: home }, stdio: 'ignore' })
  const ended = once(child, 'close')
  await expect.poll(() => d.getMyJobs({ active: true, name: 'endless' })).toHaveLength(1)
  child.kill('SIGINT')
  expect((await ended)[0]).toBe(1)
  expect((await d.getMyJobs({ name: 'endless' })).map(({ state }) => state)).toEqual(['cancelled'])
})

test('C23 eval that is late or interrupted cancels its job, whose value nobody would see', async () => {
  const { signal, ...command } = {
    home,
    url: d.url,
    expression: 'for (;;);',
    math: false,
    json: false,
    workers: 0,
    signal: new AbortController(),
  }
  const late = await here(() => evaluate({ ...command, timeout: 0.05 }))
  expect([late.code, late.stdout, late.stderr]).toEqual([1, '', expect.stringContaining('the job was cancelled: give more with --timeout')])
  const interrupted = evaluate(command, signal.signal)
  await expect.poll(() => d.getMyJobs({ active: true, name: 'for (;;);' })).toHaveLength(1)
  signal.abort()
  expect(await interrupted).toBe(1)
  expect((await d.getMyJobs({ name: 'for (;;);' })).map(({ state }) => state)).toEqual(['cancelled', 'cancelled'])
})

test('C12 ranges are exact, and what is no range, file or function is refused before anything is started', async () => {
  expect([...((await mapInputs(' -2..1')) as Iterable<unknown>)]).toEqual([-2, -1, 0, 1])
  expect([...((await mapInputs('9007199254740991..9007199254740992')) as Iterable<unknown>)]).toEqual([2n ** 53n - 1n, 2n ** 53n])
  await expect(mapInputs('2..1')).rejects.toThrow('from the smaller')
  await expect(mapInputs(join(home, 'none'))).rejects.toThrow('ENOENT')
})

test('C14 doctor says what is broken and how to mend it', async () => {
  const open = join(home, 'open')
  mkdirSync(open)
  chmodSync(open, 0o755)
  expect(await checkHome({ home: open, url: undefined })).toMatchObject({ state: 'broken', mend: `chmod 700 '${open}'` })
  chmodSync(open, 0o700)
  writeFileSync(join(open, 'token'), 'secret', { mode: 0o644 })
  expect(await checkHome({ home: open, url: undefined })).toMatchObject({ state: 'broken', mend: `chmod 600 '${join(open, 'token')}'` })
  expect(await checkHome({ home: join(open, 'none'), url: undefined })).toMatchObject({
    state: 'note',
    mend: expect.stringContaining('dsage setup'),
  })
  expect(await checkHome({ home: join(open, 'token'), url: undefined })).toMatchObject({ state: 'broken' })
  expect(await checkPort({ home, url: 'http://127.0.0.1:1' })).toMatchObject({
    state: 'broken',
    says: expect.stringContaining('none answered'),
  })
  const late = createServer((_request, response) => response.setHeader('Date', new Date(Date.now() - 90_000).toUTCString()).end())
  await new Promise<void>((resolve) => late.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(late.address() as AddressInfo).port}`
  const clock = await checkClock({ home, url })
  expect([clock.state, clock.says]).toEqual(['broken', expect.stringMatching(/^It is (89|90|91) s ahead of that of the server/)])
  late.close()
  rmSync(open, { recursive: true })
})
