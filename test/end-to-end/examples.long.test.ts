/** Each file of examples/, run as a newcomer runs it, on a server and workers of its own. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const folder = fileURLToPath(new URL('../../examples', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'dsage-examples-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** What each prints; chance is seeded, so the digits of pi are the same each time for the same job, and other ones for another. */
const PRINTED: Readonly<Record<string, RegExp>> = {
  '01-sum.ts': /^1 \+ … \+ 50 = 1275\n$/,
  '02-monte-carlo-pi.ts': /^π ≈ 3\.1[34]\d+ ± 0\.0008\d /,
  '04-primes.ts': /^45 \* 2\^200 \+ 1 is prime: 7 [^\n]+ holds\n85 \*[^\n]+ holds\n181 \*[^\n]+ holds\n331 \*[^\n]+ holds\n$/,
  '05-parameter-sweep.ts':
    /^r = 2\.8: period 1\nr = 3\.2: period 2\nr = 3\.5: period 4\nr = 3\.55: period 8\nr = 3\.83: period 3\nr = 3\.9: no period up to 64\n$/,
}

test('J21 every example has a test', () => {
  expect(readdirSync(folder).filter((name) => name.endsWith('.ts'))).toEqual(Object.keys(PRINTED).sort())
})

test.each(Object.entries(PRINTED))('J21 example %s prints what it says', async (name, printed) => {
  const env = { ...process.env, HOME: home, DSAGE_HOME: join(home, 'home') }
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, name)], { env, encoding: 'utf8' })
  expect(stdout).toMatch(printed)
})
