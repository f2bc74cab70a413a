/** Each program of docs/, run as a reader runs it, on a server and workers of its own: it prints the text block that follows it. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'dsage-guides-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** A program is a block of TypeScript that imports the package; others are pieces of one. */
const PROGRAM = /```ts\n(import [^`]*? from 'dsage'\n.*?)```\n\n```text\n(.*?)```/gs

const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
const textOf = (name: string): string => readFileSync(join(root, 'docs', name), 'utf8')
const programs = guides.flatMap((name) => [...textOf(name).matchAll(PROGRAM)].map(([, program, printed]) => ({ name, program, printed })))

test('J22 the guides have programs, and are listed', () => {
  expect(programs.map(({ name }) => name)).toEqual(expect.arrayContaining(['maps.md', 'distributed-functions.md', 'math.md']))
  const listed = [...textOf('README.md').matchAll(/\]\(([^)]+\.md)\)/g)].map(([, name]) => name)
  expect(listed.sort()).toEqual(guides.filter((name) => name !== 'README.md').sort())
})

test.each(programs)('J22 the program of $name prints what stands below it', async ({ program, printed }) => {
  const env = { ...process.env, HOME: home, DSAGE_HOME: join(home, 'home') }
  const words = ['--input-type=module-typescript', '--eval', program!]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, words, { cwd: root, env, encoding: 'utf8' })
  expect(stdout).toBe(printed)
  expect(stderr.replace(/^Port 8082 is taken; .*\n/, '')).toBe('')
})
