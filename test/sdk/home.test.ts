import { mkdtempSync, rmSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { bundleModule } from '../../sdk/local/bundle-module.ts'
import { homeDirectory, readToken, setup } from '../../sdk/local/home.ts'
import { LocalProcess } from '../../sdk/local/processes.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dsage-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
const script = async (name: string, text: string) => {
  const path = join(directory, name)
  await writeFile(path, text)
  return pathToFileURL(path)
}

it('J7 setup makes a home of 0700 and a token of 0600, says what it made, and changes nothing the second time', async () => {
  const home = join(directory, 'home')
  const first = await setup({ home })
  expect(first).toEqual({ home, made: [home, join(home, 'db'), join(home, 'token')], kept: [] })
  expect([await modeOf(home), await modeOf(join(home, 'db')), await modeOf(join(home, 'token'))]).toEqual(['700', '700', '600'])
  const token = await readToken(home)
  expect(token).toMatch(/^[0-9a-f]{64}$/)
  const second = await setup({ home })
  expect(second).toEqual({ home, made: [], kept: first.made })
  expect(await readToken(home)).toBe(token)
})

it('J7 many at once make one token and leave nothing else', async () => {
  const home = join(directory, 'home')
  const reports = await Promise.all(Array.from({ length: 20 }, () => setup({ home })))
  expect(reports.flatMap(({ made }) => made).filter((path) => path.endsWith('token'))).toHaveLength(1)
  expect((await readdir(home)).sort()).toEqual(['db', 'token'])
})

it('J7 an existing token is never overwritten, whatever it holds', async () => {
  await writeFile(join(directory, 'token'), 'mine\n', { mode: 0o600 })
  await setup({ home: directory })
  expect(await readFile(join(directory, 'token'), 'utf8')).toBe('mine\n')
})

it('J7 a token that others may read, is empty or missing is refused with the way out', async () => {
  await expect(readToken(directory)).rejects.toThrow('run setup()')
  await writeFile(join(directory, 'token'), 'secret')
  await chmod(join(directory, 'token'), 0o644)
  await expect(readToken(directory)).rejects.toThrow('chmod it to 600')
  await chmod(join(directory, 'token'), 0o600)
  await writeFile(join(directory, 'token'), '\n')
  await expect(readToken(directory)).rejects.toThrow('empty')
})

it('J7 the home is the given one, else ~/.dsage', () => {
  expect(homeDirectory('/somewhere')).toBe('/somewhere')
  expect(homeDirectory()).toBe(join(homedir(), '.dsage'))
  expect(homeDirectory('')).toBe(join(homedir(), '.dsage'))
})

it('J7 a child gets its secret over stdin and nothing of our environment, and stops when asked', async () => {
  const child = await LocalProcess.start({
    name: 'worker',
    script: await script(
      'child.mjs',
      `process.stdin.once('data', (line) => console.log(JSON.stringify({ ready: true, line: String(line), env: process.env, argv: process.argv.slice(2) })))`,
    ),
    arguments: ['--url', 'x'],
    environment: { DSAGE_HOME: directory },
    input: '{"token":"secret"}',
  })
  expect(child.ready).toEqual({ ready: true, line: '{"token":"secret"}\n', env: { DSAGE_HOME: directory }, argv: ['--url', 'x'] })
  await child.stop()
  expect(() => process.kill(child.pid, 0)).toThrow('ESRCH')
})

it('J7 a child that does not start is named with its own last sentence', async () => {
  const failing = await script(
    'failing.mjs',
    `console.error('noise'); console.error('Expected a free port \\u001b[1m, got 80.'); process.exit(1)`,
  )
  await expect(LocalProcess.start({ name: 'server', script: failing })).rejects.toMatchObject({
    code: 'start-failed',
    message: 'The server did not start: Expected a free port \\u{1b}[1m, got 80.',
  })
  const babbling = await script('babbling.mjs', `console.log('hello'); setInterval(() => {}, 1000)`)
  await expect(LocalProcess.start({ name: 'server', script: babbling })).rejects.toThrow('it said: hello')
  const silent = await script('silent.mjs', 'setInterval(() => {}, 1000)')
  await expect(LocalProcess.start({ name: 'server', script: silent, readySeconds: 0.3 })).rejects.toThrow('not ready after 0.3 s')
})

it('J7 a module is bundled with what it imports into the same readable text wherever it lies', async () => {
  const texts: string[] = []
  for (const place of ['a', 'b/c']) {
    const folder = join(directory, place)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'part.ts'), 'export const half = (value: number): number => value / 2\n')
    await writeFile(join(folder, 'work.ts'), `import { half } from './part.ts'\nexport const work = (input: number) => half(input)\n`)
    texts.push(await bundleModule(pathToFileURL(join(folder, 'work.ts'))))
  }
  expect(texts[0]).toBe(texts[1])
  expect(texts[0]).not.toContain(directory)
  const { work } = await import(`data:text/javascript,${encodeURIComponent(texts[0]!)}`)
  expect(work(8)).toBe(4)
  const none = await script('none.ts', 'export const other = 1')
  await expect(bundleModule(none)).rejects.toThrow('to export `work`, it exports other')
  await expect(bundleModule(pathToFileURL(join(directory, 'absent.ts')))).rejects.toMatchObject({ code: 'bad-argument' })
})

it('J7 the work of DistributedFactor is bundled into a module that factors', async () => {
  const text = await bundleModule(new URL('../../sdk/functions/factor/work.ts', import.meta.url))
  const { work } = await import(`data:text/javascript,${encodeURIComponent(text)}`)
  expect(work({ kind: 'trial', n: 1001n, from: 2, to: 100 })).toEqual({ kind: 'trial', factors: [7n, 11n, 13n] })
})

it('J7 a home that is a file is named with what the system says', async () => {
  const path = join(directory, 'file')
  await writeFile(path, '')
  await expect(setup({ home: path })).rejects.toThrow(/directory .*file, but the system says EEXIST/)
})
