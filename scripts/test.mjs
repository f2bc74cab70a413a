// Prepares, then runs lint, format and type checks side by side, then the tests, each to its end; the last line counts them: node scripts/test.mjs [--long]
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeEnvironment, nodePath } from '../bin/run-node.mjs'
import { prepare } from './prepare.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const long = process.argv.includes('--long')
/** The first takes one core for longest: the tests begin beside its end. */
const CHECKS = [
  ['type check', 'node_modules/typescript/bin/tsc', '-p', '.'],
  ['lint', 'node_modules/@biomejs/biome/bin/biome', 'ci', '--formatter-enabled=false'],
  ['format', 'node_modules/@biomejs/biome/bin/biome', 'ci', '--linter-enabled=false', '--assist-enabled=false'],
  [
    'portal type check',
    'node_modules/svelte-check/bin/svelte-check',
    '--workspace',
    'portal',
    '--tsconfig',
    'tsconfig.json',
    '--fail-on-warnings',
  ],
]

/** Runs a script of a dependency; answers whether it ended well. */
function succeeds(words, environment = {}) {
  const child = spawn(nodePath(), words, { cwd: root, stdio: 'inherit', env: { ...nodeEnvironment(), ...environment } })
  return new Promise((resolve) => {
    child.once('error', () => resolve(false))
    child.once('close', (code) => resolve(code === 0))
  })
}

/** Counts from Vitest's own report. A file that could not be loaded has no tests to fail, so it counts as one that failed. */
function countsOf(report) {
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

async function runVitest() {
  const directory = mkdtempSync(join(tmpdir(), 'dsage-report-'))
  try {
    const output = join(directory, 'report.json')
    const words = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${output}`]
    const well = await succeeds(['node_modules/vitest/vitest.mjs', ...words], {
      DSAGE_LONG_TESTS: long ? '1' : '',
      // Every test of a server starts a thread that would strip and compile its program anew; see bin/compile-cache.cjs.
      NODE_COMPILE_CACHE: join(root, '.cache'),
    })
    const counts = countsOf(JSON.parse(readFileSync(output, 'utf8')))
    // An error outside every test ends Vitest badly although all tests passed.
    return { ...counts, failed: counts.failed || (well ? 0 : 1) }
  } catch (error) {
    console.error(`Vitest left no report: ${error.message}`)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function runAll() {
  const total = { passed: 0, failed: 0, skipped: 0 }
  const check = async ([name, ...words]) => {
    const well = await succeeds(words)
    console.log(`${well ? 'passed' : 'FAILED'}: ${name}`)
    total[well ? 'passed' : 'failed']++
  }
  const [typeCheck, ...others] = long ? [] : CHECKS.map(check)
  await Promise.all(others)
  const tests = await runVitest()
  await typeCheck
  for (const key of Object.keys(total)) total[key] += tests[key]
  return total
}

let total
try {
  await prepare()
  total = await runAll()
} catch (error) {
  if (error.said) console.error(error.said.trim())
  console.error(error.message)
  total = { passed: 0, failed: 1, skipped: 0 }
}
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
