/** What a sandbox may say about a unit. It ran a stranger's code: everything it says is checked before it is believed. */
import { inspectOutputs } from '../../sdk/codec.ts'
import { type ErroredReason, LIMITS } from '../../sdk/protocol.ts'
import type { UnitOutcome } from './sandbox-thread.ts'

const MOST_TEXT_CHARACTERS = 4000
/** Longer texts no harness sends. */
const ABSURD_CHARACTERS = 10_000
const ERRORED: readonly unknown[] = ['deadline', 'memory', 'unserialisable', 'output-too-large', 'crashed'] satisfies ErroredReason[]
const TEXTS = ['message', 'stack', 'console'] as const
const FIELDS: ReadonlySet<string> = new Set(['output', 'errored', ...TEXTS])

type Report = Partial<Record<(typeof TEXTS)[number], string>> & { readonly errored?: ErroredReason; readonly output?: unknown }

const isText = (value: unknown): boolean => typeof value === 'string' && value.length <= ABSURD_CHARACTERS

function isReport(said: unknown): said is Report {
  if (typeof said !== 'object' || said === null || !Object.keys(said).every((key) => FIELDS.has(key))) return false
  const fields = said as Record<string, unknown>
  const known = fields.errored === undefined || ERRORED.includes(fields.errored)
  return known && TEXTS.every((key) => fields[key] === undefined || isText(fields[key]))
}

function whyNoOutput(output: unknown): { readonly errored: ErroredReason; readonly message: string } | undefined {
  if (!(output instanceof Uint8Array)) return { errored: 'crashed', message: 'The sandbox answered with neither an output nor a reason.' }
  if (output.byteLength > LIMITS.payloadBytes) {
    const message = `Expected an output of at most ${LIMITS.payloadBytes} bytes, got ${output.byteLength}.`
    return { errored: 'output-too-large', message }
  }
  try {
    inspectOutputs(output)
  } catch (error) {
    return { errored: 'unserialisable', message: `Expected a list of outputs from the code, got bytes that are none. ${String(error)}` }
  }
}

/**
 * The outcome that `said` reports. What is no report, or has no list of outputs within the limits, is an `errored` one.
 * @param isReused whether other units had run in its realm before
 */
export function readReport(said: unknown, seconds: number, isReused = false): UnitOutcome {
  if (!isReport(said)) return { errored: 'crashed', message: 'The sandbox answered with something that is no report.', seconds }
  const { output, errored, message = '', stack, console } = said
  if (errored !== undefined) return { errored, message: message.slice(0, MOST_TEXT_CHARACTERS), seconds }
  const refused = whyNoOutput(output)
  if (refused) return { ...refused, seconds }
  return {
    output: output as Uint8Array,
    seconds,
    ...(console ? { console: console.slice(0, LIMITS.consoleCharacters) } : {}),
    ...(stack ? { stack: stack.slice(0, MOST_TEXT_CHARACTERS) } : {}),
    ...(isReused && { reused: true }),
  }
}
