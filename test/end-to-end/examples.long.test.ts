/** Each file of examples/, run as a newcomer runs it, on a server and workers of its own. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inflateSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'

const folder = fileURLToPath(new URL('../../examples', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'dsage-examples-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** What each prints; chance is seeded, so the digits of pi are the same each time for the same job, and other ones for another. */
const PRINTED: Readonly<Record<string, RegExp>> = {
  '01-sum.ts': /^1 \+ … \+ 50 = 1275\n$/,
  '02-monte-carlo-pi.ts': /^π ≈ 3\.1[34]\d+ ± 0\.0008\d /,
  '03-mandelbrot.ts': /^mandelbrot\.png: 960 x 640, 20\.83 % of it in the set\n$/,
  '04-primes.ts': /^45 \* 2\^200 \+ 1 is prime: 7 [^\n]+ holds\n85 \*[^\n]+ holds\n181 \*[^\n]+ holds\n331 \*[^\n]+ holds\n$/,
  '05-parameter-sweep.ts':
    /^r = 2\.8: period 1\nr = 3\.2: period 2\nr = 3\.5: period 4\nr = 3\.55: period 8\nr = 3\.83: period 3\nr = 3\.9: no period up to 64\n$/,
  '06-word-count.ts': /^\d{3,5} words, \d{3,4} different ones, in \d+ files\n(\p{L}+: \d+\n){5}$/u,
  '07-wasm.ts': /^of the numbers below 1000000, 837799 has the longest Collatz path: 524 steps\n$/,
  '08-save-and-restore.ts':
    /^a quarter is done, and the first client is gone\nthe second goes on with the same job: 3804 twin primes up to 400000\n$/,
  '09-verified-logarithms.ts': /^7\^\d+ = 11 mod 2147483647, verified\n(\d+) units sealed after \1 leases: nothing was computed twice\n$/,
  '10-ray-tracer.ts': /^ray-tracer\.png: 960 x 640, of 150 tiles\n$/,
}

/** The pictures, and how many colours each has at least: what is not there or only black is no picture. */
const PICTURES: Readonly<Record<string, number>> = { 'mandelbrot.png': 500, 'ray-tracer.png': 5000 }

test('J21 every example has a test', () => {
  expect(readdirSync(folder).filter((name) => name.endsWith('.ts'))).toEqual(Object.keys(PRINTED).sort())
})

test.each(Object.entries(PRINTED))('J21 example %s prints what it says', async (name, printed) => {
  const env = { ...process.env, HOME: home, DSAGE_HOME: join(home, 'home') }
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, name)], { cwd: home, env, encoding: 'utf8' })
  expect(stdout).toMatch(printed)
})

test.each(Object.entries(PICTURES))('J21 %s is a picture of 960 x 640', (name, colours) => {
  const file = readFileSync(join(home, name))
  expect(file.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a')
  expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([960, 640])
  const at = file.indexOf('IDAT')
  const rows = inflateSync(file.subarray(at + 4, at + 4 + file.readUInt32BE(at - 4)))
  expect(rows.length).toBe((1 + 3 * 960) * 640)
  const seen = new Set<number>()
  for (let y = 0; y < 640; y++) for (let x = 0; x < 960; x++) seen.add(rows.readUIntBE((1 + 3 * 960) * y + 1 + 3 * x, 3))
  expect(seen.size).toBeGreaterThan(colours)
})
