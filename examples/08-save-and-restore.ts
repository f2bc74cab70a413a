/** A computation whose client goes away half way and that another one takes up: nothing that was computed is computed again. */
import { connect, DistributedFunction, type DSage, type ProcessedUnit, startAll } from 'dsage'

const LIMIT = 400_000
const STEP = 5_000

type Range = readonly [first: number, last: number]

/** How many pairs of primes n, n + 2 there are up to a limit, range by range. */
class TwinPrimes extends DistributedFunction<Range, number, number> {
  override result = 0
  /** Settles when a quarter is done. */
  readonly quarter = Promise.withResolvers<void>()
  readonly #limit: number
  readonly #units: number
  #processed = 0
  #next = 1

  constructor(d: DSage, limit: number) {
    super(d, { name: 'twin primes' })
    this.#limit = limit
    this.#units = Math.ceil(limit / STEP)
  }

  protected readonly work = ([first, last]: Range) => {
    const isPrime = (n: number) => {
      for (let i = 3; i * i <= n; i += 2) if (n % i === 0) return false
      return n > 2
    }
    let pairs = 0
    for (let n = first; n <= last; n += 2) if (isPrime(n) && isPrime(n + 2)) pairs++
    return pairs
  }

  protected override nextJob() {
    if (this.#next > this.#limit) return undefined
    const input: Range = [this.#next, Math.min(this.#next + STEP - 1, this.#limit)]
    this.#next += STEP
    // A key makes the unit known to whoever asks for it again.
    return { key: `from ${input[0]}`, input }
  }

  protected override processResult({ key, output, error }: ProcessedUnit<Range, number>) {
    if (output === undefined) throw new Error(`${key}: ${error?.message}`)
    this.result += output
    this.#processed++
    if (this.#processed * 4 >= this.#units) this.quarter.resolve()
    this.done = this.#processed === this.#units
  }
}

const cluster = await startAll({ workers: 2 })
try {
  const firstClient = await connect(cluster.url)
  const first = new TwinPrimes(firstClient, LIMIT).start()
  first.wait().catch(() => {}) // its connection will end under it
  await first.quarter.promise
  const saved = await first.save('twin-primes.json')
  await firstClient.close()
  console.log('a quarter is done, and the first client is gone')

  const second = await TwinPrimes.restore(cluster, 'twin-primes.json', LIMIT)
  const pairs = await second.wait()
  console.log(`the second goes on with ${second.id === saved ? 'the same job' : 'ANOTHER JOB'}: ${pairs} twin primes up to ${LIMIT}`)
} finally {
  await cluster.close()
}
