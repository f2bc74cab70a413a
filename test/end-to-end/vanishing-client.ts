/**
 * A researcher's process of its own, to be killed at any moment: node vanishing-client.ts <url> <home> <units> <file> [id | file to restore from]
 * Says, a line each: `id …`, `saved`, `processed <units>`, and at the end `result <sum>`; ends with its standard input.
 */
import { connect, DistributedFunction, type DSage, type NextJob, type ProcessedUnit } from '../../sdk/node.ts'

const SAVE_EVERY = 20

interface State {
  readonly next: number
  readonly processed: number
  readonly ready: readonly NextJob<number>[]
  readonly total: number
}

/** Units 1 to n/2 give n + 1; each, once processed, gives rise to another unit with its output. So units depend on the order of results. */
class Chain extends DistributedFunction<number, number, number> {
  override result = 0
  protected readonly work = (n: number) => n + 1
  readonly #units: number
  #next = 1
  #processed = 0
  #ready: NextJob<number>[] = []
  #saving: Promise<unknown> = Promise.resolve()

  constructor(d: DSage, units: number) {
    super(d, { concurrent: 16, name: 'chain' })
    this.#units = units
  }

  protected override nextJob(): NextJob<number> | undefined {
    const ready = this.#ready.shift()
    if (ready !== undefined) return ready
    if (this.#next > this.#units / 2) return undefined
    const input = this.#next++
    return { key: `first ${input}`, input }
  }

  protected override processResult({ key, output, error }: ProcessedUnit<number, number>): void {
    if (error !== undefined) throw new Error(`${key}: ${error.message}`)
    this.result += output!
    this.done = ++this.#processed === this.#units
    if (key.startsWith('first')) this.#ready.push({ key: key.replace('first', 'second'), input: output! })
    if (this.#processed % SAVE_EVERY === 0) this.keep()
    say(`processed ${this.#processed}`)
  }

  /** Saves after what is being saved. */
  keep(): void {
    this.#saving = this.#saving.then(() => this.save(file)).then(() => say('saved'))
  }

  protected override saveState(): State {
    return { next: this.#next, processed: this.#processed, ready: this.#ready, total: this.result }
  }

  protected override loadState(state: unknown): void {
    const { next, processed, ready, total } = state as State
    this.#next = next
    this.#processed = processed
    this.#ready = [...ready]
    this.result = total
    this.done = processed === this.#units
  }
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`)
const [url = '', home = '', units = '', file = '', from] = process.argv.slice(2)
const d = await connect(url, { home })
const chain = from === undefined ? new Chain(d, Number(units)).start() : await Chain.restore(d, from, Number(units))
say(`id ${chain.id}`)
chain.keep()
say(`result ${await chain.wait()}`)
for await (const _ of process.stdin);
await d.close()
