/**
 * Some units of a job, each alone in a fresh realm, once more in another, and in two orders in one realm that they share (INTEGRITY T8, C1).
 * All runs together have ten seconds. A unit that takes a large part of them is run twice and shares no realm: beside its seconds a fresh realm costs nothing.
 */
import { alike, decode, decodeOutputs, encodeItem, encodeOutputs, ItemList, type OutputItem } from '../../sdk/codec.ts'
import { printable, show } from '../../sdk/printable.ts'
import type { ErroredReason } from '../../sdk/protocol.ts'
import type { Trial, TrialRequest, TriedUnit } from '../trial.ts'
import type { CheckedOutcome, CheckedUnit } from './check-thread.ts'
import type { MachineSpeed } from './reference.ts'
import { weigh } from './weigh.ts'

const BUDGET_SECONDS = 10
/** Units that take longer share no realm. */
const SHORT_SECONDS = 0.4
/** As many must have shared a realm before others may. */
const UNITS_SHARING = 3
/** Units that take longer are timed as they are. */
const TIMED_SECONDS = 0.02
const NOTE_CHARACTERS = 300

interface Ran {
  readonly output: Uint8Array
  readonly seconds: number
}
/** A unit and how often it was run alone. */
interface Tried {
  readonly unit: TriedUnit
  readonly runs: Ran[]
}
export type RunUnit = (unit: CheckedUnit) => Promise<CheckedOutcome | undefined>
type Ending = Pick<Trial, 'verdict'> & Partial<Trial>

export class Tryout {
  readonly #request: TrialRequest
  readonly #run: RunUnit
  readonly #ownLimitSeconds: number
  readonly #emptySeconds: number
  readonly #tried: Tried[] = []
  #leftSeconds = BUDGET_SECONDS
  #ending: Ending | undefined

  constructor(request: TrialRequest, run: RunUnit, { speed, emptySeconds }: MachineSpeed) {
    this.#request = request
    this.#run = run
    this.#emptySeconds = emptySeconds
    // A machine slower than the reference fails nobody's unit for that.
    this.#ownLimitSeconds = request.timeoutSeconds / Math.min(1, speed)
  }

  /** What was seen, before it is priced; undefined where this machine cannot run code now. */
  async result(): Promise<Omit<Trial, 'creditPerInput'> | undefined> {
    const ending = (await this.#endsEarly()) ? this.#ending : await this.#passed()
    if (!ending) return undefined
    const whole = new Map(this.#request.units.map(({ key, inputs }) => [key, inputs]))
    const seconds = this.#tried.flatMap(({ unit: { key, inputs }, runs }) =>
      runs.length > 0 ? [(fastest(runs) * whole.get(key)!) / inputs] : [],
    )
    const unitSeconds = seconds.length > 0 ? seconds.reduce((sum, one) => sum + one, 0) / seconds.length : 0
    return { isolation: 'unit', isGeneral: false, reason: null, note: null, ...ending, unitSeconds }
  }

  /** Seconds of an input on this machine; null where not all units that were to be timed ended. */
  async secondsPerInput({ emptySeconds }: MachineSpeed): Promise<number | null> {
    if (this.#tried.length === 0 || this.#tried.some(({ runs }) => runs.length === 0)) return null
    const seconds = this.#tried.map(({ runs }) => Math.max(0, fastest(runs) - emptySeconds))
    const units = this.#tried.map(({ unit }) => unit)
    const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0)
    const perInput = sum(seconds) / sum(units.map(({ inputs }) => inputs))
    if (Math.max(...seconds) >= TIMED_SECONDS) return perInput
    const run = (input: Uint8Array) => this.#run(this.#unitOf({ ...units[0]!, input }, Math.max(1, this.#leftSeconds), undefined))
    const inputs = units.map(({ input }) => input)
    return (await weigh(inputs, emptySeconds, run)) ?? perInput
  }

  /** Whether `#ending` says how, and no more is to be run. */
  async #endsEarly(): Promise<boolean> {
    const units = await this.#shortened()
    if (!units) return true
    const [first, ...others] = units as [TriedUnit, ...TriedUnit[]]
    const firstRun = await this.#alone(first)
    if (!firstRun) return true
    const chosen = firstRun.seconds <= SHORT_SECONDS ? others : []
    for (const unit of chosen) if (!(await this.#alone(unit))) return true
    for (const { unit, runs } of this.#tried) {
      const again = await this.#once(unit)
      if (!again) return true
      runs.push(again)
      if (this.#request.verifies || this.#agree(runs[0]!.output, again.output)) continue
      this.#ending = differing(unit, runs[0]!.output, again.output)
      return true
    }
    return false
  }

  /** The units with no more of their inputs than are short together, for what one input of the first took. */
  async #shortened(): Promise<readonly TriedUnit[] | undefined> {
    const { units } = this.#request
    const [first] = units
    if (first === undefined || first.inputs === 1) return units
    const one = await this.#once(withInputs(first, 1))
    if (!one) return undefined
    const most = Math.floor(SHORT_SECONDS / Math.max(one.seconds - this.#emptySeconds, Number.EPSILON))
    return units.map((unit) => withInputs(unit, Math.max(1, most)))
  }

  async #passed(): Promise<Ending | undefined> {
    const { known } = this.#request
    if (known) return { verdict: 'passed', isolation: known, isGeneral: true }
    if (this.#tried.length < UNITS_SHARING) return { verdict: 'passed' }
    for (const [realm, tried] of [this.#tried, this.#tried.toReversed()].entries())
      for (const { unit, runs } of tried) {
        const shared = await this.#once(unit, realm)
        // Out of time or memory only where it shared: it must not.
        if (!shared) return this.#ending && { verdict: 'passed', isGeneral: this.#leftSeconds > 0 }
        if (!same(shared.output, runs[0]!.output)) return { verdict: 'passed', isGeneral: true }
      }
    return { verdict: 'passed', isolation: 'job', isGeneral: true }
  }

  /** The first run of a unit. */
  async #alone(unit: TriedUnit): Promise<Ran | undefined> {
    const tried: Tried = { unit, runs: [] }
    this.#tried.push(tried)
    const ran = await this.#once(unit)
    if (ran) tried.runs.push(ran)
    return ran
  }

  /** Undefined when it is over: `#ending` says why, or nothing where this machine is to blame. */
  async #once(unit: TriedUnit, sharedRealm?: number): Promise<Ran | undefined> {
    const limit = Math.min(this.#leftSeconds, this.#ownLimitSeconds)
    if (limit <= 0) return this.#end({ verdict: 'unmeasured', note: TOO_LONG })
    const outcome = await this.#run(this.#unitOf(unit, limit, sharedRealm))
    if (!outcome) return this.#end(undefined)
    this.#leftSeconds -= outcome.seconds
    if ('output' in outcome) return outcome
    const isOwn = outcome.errored !== 'deadline' || limit >= this.#ownLimitSeconds
    return this.#end(isOwn ? failing(unit, outcome) : { verdict: 'unmeasured', note: TOO_LONG })
  }

  #end(ending: Ending | undefined): undefined {
    this.#ending = ending
  }

  #unitOf({ input, seed }: TriedUnit, timeoutSeconds: number, sharedRealm: number | undefined): CheckedUnit {
    const { job, digest, code, createdAt, memoryMegabytes, nativeMath, files } = this.#request
    const realm = sharedRealm === undefined ? { job } : ({ job: `${job} ${sharedRealm}`, isolation: 'job' } as const)
    return { ...realm, bundle: digest, code, input, seed, createdAt, timeoutSeconds, memoryMegabytes, nativeMath, files }
  }

  #agree(a: Uint8Array, b: Uint8Array): boolean {
    const { compare } = this.#request
    return same(a, b) || (compare !== undefined && alike(decodeOutputs(a), decodeOutputs(b), compare))
  }
}

/** The unit with its first inputs; as it is when it has no more, or its bytes are no list. */
function withInputs(unit: TriedUnit, most: number): TriedUnit {
  if (unit.inputs <= most) return unit
  try {
    const list = new ItemList()
    for (const input of (decode(unit.input) as unknown[]).slice(0, most)) list.add(encodeItem(input))
    return { ...unit, input: list.join(), inputs: most }
  } catch {
    return unit
  }
}

const TOO_LONG = `its units take too long to be tried out: more than ${BUDGET_SECONDS} seconds for all runs`
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
const fastest = (runs: readonly Ran[]): number => Math.min(...runs.map(({ seconds }) => seconds))

function differing({ key }: TriedUnit, first: Uint8Array, second: Uint8Array): Ending {
  const [a, b] = [decodeOutputs(first), decodeOutputs(second)]
  const at = a.findIndex((item, i) => b[i] === undefined || !same(encodeOutputs([item]), encodeOutputs([b[i]])))
  const note = `unit ${printable(key)}, output ${at}: first ${shown(a[at])}, then ${shown(b[at])}`
  return { verdict: 'differs', reason: 'non-deterministic: a unit that was tried out twice gave two different outputs', note }
}

function shown(item: OutputItem | undefined): string {
  if (item === undefined) return 'nothing'
  return 'error' in item
    ? printable(`${item.error.name}: ${item.error.message}`.slice(0, NOTE_CHARACTERS))
    : show(item.value, NOTE_CHARACTERS)
}

const WHY: Readonly<Record<ErroredReason, string>> = {
  deadline: 'it does not end within the time that its job allows',
  memory: 'it uses more memory than its job allows',
  unserialisable: 'its output cannot travel',
  'output-too-large': 'its output is too large',
  crashed: 'it crashes the sandbox',
  'bundle-unavailable': 'its code is not there',
}

function failing({ key }: TriedUnit, { errored, message }: Extract<CheckedOutcome, { errored: unknown }>): Ending {
  const reason = `unit ${printable(key)} cannot be computed: ${WHY[errored]}`
  return { verdict: 'failed', reason, note: printable(message.slice(0, NOTE_CHARACTERS)) }
}
