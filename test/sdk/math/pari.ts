/** PARI's calculator, for tests that compare with it. */
import { spawnSync } from 'node:child_process'

/** What is not installed, for a skip that says so. */
export function missingPari(): string | undefined {
  const { status } = spawnSync('gp', ['--version-short'], { stdio: 'ignore' })
  return status === 0 ? undefined : 'gp is missing: install the Debian package pari-gp'
}

/** What PARI prints for each expression. @throws when it printed more or less, with its complaint */
export function askPari(expressions: readonly string[]): string[] {
  const script = expressions.map((expression) => `print(${expression})`).join('\n')
  const { stdout, stderr } = spawnSync('gp', ['-q', '-f', '-s', '256M'], { input: `${script}\n`, encoding: 'utf8', maxBuffer: 2 ** 28 })
  const lines = stdout.trimEnd().split('\n')
  if (lines.length !== expressions.length)
    throw new Error(`Expected ${expressions.length} lines of gp, got ${lines.length}: ${stderr.slice(0, 500)}`)
  return lines
}
