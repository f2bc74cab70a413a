/**
 * A job's `verify`, run in a process of its own as a unit of a headless worker is: without network, files, clock and chance, within its limits of
 * time and memory. It sees pairs of an input and a value; what the code threw it is not asked about.
 */
import { decodeOutputs, pairsOf } from '../../sdk/codec.ts'
import { printable } from '../../sdk/printable.ts'
import { type CheckedUnit, CheckThread } from './check-thread.ts'

/** Seconds for one unit, and its memory. */
const TIMEOUT_SECONDS = 10
const MEMORY_MEGABYTES = 128
const MESSAGE_CHARACTERS = 300
const NO_SEED = new Uint8Array(16)

export interface VerifyRequest {
  /** The job's id. */
  readonly job: string
  /** Text of the module whose `work([input, value])` judges, and its SHA-256. */
  readonly code: string
  readonly digest: string
  /** Codec bytes of the lists of inputs and outputs. */
  readonly input: Uint8Array
  readonly output: Uint8Array
  readonly createdAt: number
}
/** `unfinished` where `verify` itself is at fault; undefined where this machine cannot run it now. */
export type Judgement = { readonly verdict: 'passed' | 'refused' | 'unfinished'; readonly why: string } | undefined

export interface VerifySandboxOptions {
  /** @default 10 */
  readonly timeoutSeconds?: number | undefined
  /** Told when a sandbox process does not start or dies. */
  readonly complain: (sentence: string) => void
}

export class VerifySandbox {
  readonly #options: VerifySandboxOptions
  readonly #thread: CheckThread

  constructor(options: VerifySandboxOptions) {
    this.#options = options
    this.#thread = new CheckThread(options.complain)
  }

  /** Never rejects. */
  async verify(request: VerifyRequest): Promise<Judgement> {
    try {
      const outcome = await this.#thread.run(this.#unitOf(request))
      if (outcome === undefined) return undefined
      return 'errored' in outcome ? { verdict: 'unfinished', why: shortened(outcome.message) } : judgementOf(outcome.output)
    } catch (error) {
      this.#options.complain(`A result could not be verified: ${String(error)}`)
      return undefined
    }
  }

  /** Ends the process; the next call starts another. */
  close(): Promise<void> {
    return this.#thread.close()
  }

  #unitOf({ job, code, digest, input, output, createdAt }: VerifyRequest): CheckedUnit {
    const { timeoutSeconds = TIMEOUT_SECONDS } = this.#options
    const limits = { timeoutSeconds, memoryMegabytes: MEMORY_MEGABYTES }
    return { job, bundle: digest, code, input: pairsOf(input, output), seed: NO_SEED, createdAt, ...limits }
  }
}

/** Every value must be vouched for; what is neither yes nor no is no judgement. */
function judgementOf(output: Uint8Array): Judgement {
  for (const [i, item] of decodeOutputs(output).entries()) {
    if ('error' in item) return { verdict: 'refused', why: shortened(`value ${i}: ${item.error.name}: ${item.error.message}`) }
    if (item.value === false) return { verdict: 'refused', why: `value ${i}: false` }
    if (item.value !== true)
      return {
        verdict: 'unfinished',
        why: `expected verify to give true or false, got ${item.value === null ? 'null' : typeof item.value}`,
      }
  }
  return { verdict: 'passed', why: '' }
}

const shortened = (text: string): string => printable(text.slice(0, MESSAGE_CHARACTERS))
