/**
 * Primes of the form k · 2^e + 1 (Proth's theorem, 1878): with odd k < 2^e such a number is prime when some a has a^((n-1)/2) = -1 mod n. That a is a
 * certificate: whoever has it checks the primality of n with one power, and trusts nobody.
 */
import { startAll } from 'dsage'
// Where a job runs the names of dsage/math are there without an import, and this is one of them.
import { powMod } from 'dsage/math'

const EXPONENT = 200n
const MOST = 400n

interface Certificate {
  readonly k: bigint
  readonly a: bigint
}

const d = await startAll({ workers: 2 })
try {
  const candidates: bigint[] = []
  for (let k = 1n; k < MOST; k += 2n) candidates.push(k)
  const job = d.map(
    (k: bigint): Certificate | null => {
      const n = k * 2n ** EXPONENT + 1n
      for (const a of [3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n]) {
        const power = powMod(a, (n - 1n) / 2n, n)
        if (power === n - 1n) return { k, a }
        if (power !== 1n) return null
      }
      return null
    },
    candidates,
    { name: 'Proth primes', vars: { EXPONENT } },
  )
  for (const certificate of await job.wait()) {
    if (certificate === null) continue
    const { k, a } = certificate
    const n = k * 2n ** EXPONENT + 1n
    const holds = k < 2n ** EXPONENT && powMod(a, (n - 1n) / 2n, n) === n - 1n
    console.log(`${k} * 2^${EXPONENT} + 1 is prime: ${a} is a certificate, which ${holds ? 'holds' : 'DOES NOT HOLD'}`)
  }
} finally {
  await d.close()
}
