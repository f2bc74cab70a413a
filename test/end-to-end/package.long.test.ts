/** What is published, as somebody who has only that uses it. It is packed in a copy of this repository: packing changes `dist` for a while. */
import { type ExecFileOptions, execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)
const LEFT_OUT = new Set(['node_modules', '.git', '.cache', 'dist'].map((name) => join(root, name)))

let folder: string
let project: string
let options: ExecFileOptions & { encoding: 'utf8' }

/** The example of the README. */
function example(): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  return /```ts\n(import [\s\S]*?)```/.exec(readme)![1]!
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dsage-package-'))
  const copy = join(folder, 'copy')
  cpSync(root, copy, { recursive: true, filter: (path) => !LEFT_OUT.has(path.replace(/\/$/, '')) })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true }\n')
  const env = { ...process.env, HOME: folder, DSAGE_HOME: join(folder, 'home') }
  options = { cwd: project, env, encoding: 'utf8' }
  await run('npm', ['run', '--silent', 'pack', '--', '--pack-destination', folder], { ...options, cwd: copy })
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  await run('npm', ['install', '--no-audit', '--no-fund', join(folder, `dsage-${version}.tgz`)], options)
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('C4 the example of the README runs where nothing but the package is installed', async () => {
  writeFileSync(join(project, 'first.mts'), example())
  const { stdout } = await run(process.execPath, ['first.mts'], options)
  expect(stdout).toContain('18446744073709551617n')
  expect(stdout).toContain('[ 625, 144, 625, 1024, 144 ]')
  expect(stdout).toContain('59649589127497217^1 * 5704689200685129054721^1')
}, 120_000)

test('C4 the command runs, and says its version', async () => {
  const command = join(project, 'node_modules/.bin/dsage')
  expect((await run(command, ['eval', '--math', '(2^61-1)*(2^89-1)'], options)).stdout.trim()).toBe(
    `${(2n ** 61n - 1n) * (2n ** 89n - 1n)}`,
  )
  expect((await run(command, ['--help'], options)).stdout).toContain('Usage: dsage')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  expect((await run(command, ['--version'], options)).stdout.trim()).toBe(version)
}, 120_000)

test('C21 a literal npm pack in a clone, which would pack what leads to the sources, fails and names npm run pack', async () => {
  const packed = run('npm', ['pack'], { ...options, cwd: join(folder, 'copy') })
  await expect(packed).rejects.toMatchObject({ stderr: expect.stringContaining('run "npm run pack" instead') })
})

test('C4 work is tried out, and a job recorded and recomputed', async () => {
  writeFileSync(
    join(project, 'try.mts'),
    `import { startAll } from 'dsage'
const d = await startAll({ workers: 1 })
const run = await d.dryRun((n: number) => n * n, 7)
const job = d.map((n: number) => n * n, [1, 2, 3])
console.log(run.value, run.deterministic, (await job.record('squares.tar')).units)
await d.close()
`,
  )
  expect((await run(process.execPath, ['try.mts'], options)).stdout).toBe('49 true 3\n')
  const { stdout } = await run(join(project, 'node_modules/.bin/dsage'), ['verify-record', 'squares.tar', '--sample', '100%'], options)
  expect(stdout).toMatch(/3 of 3 recomputed here \(seed \d+\): the same bytes\.\n$/)
}, 120_000)

test('C4 its types are those of what it gives', async () => {
  writeFileSync(
    join(project, 'typed.mts'),
    `import { type Job, startAll, workModule } from 'dsage'
import { gcd } from 'dsage/math'
const d = await startAll()
const job: Job<number, number[], number> = d.map((n: number) => n * n, [1])
// @ts-expect-error a number is no text
const texts: string[] = await job.wait()
export { gcd, texts, workModule }
`,
  )
  const words = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,dom,esnext.disposable']
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...words, ...types, 'typed.mts'], options)
}, 120_000)
