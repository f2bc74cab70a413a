/** What a sandbox process may answer. The process ran a stranger's code: everything it says is checked before it is believed. */
import { z } from 'zod'
import { inspectOutputs } from '../../sdk/codec.ts'
import { LIMITS } from '../../sdk/protocol.ts'
import type { UnitOutcome } from '../engine/sandbox-thread.ts'
import type { Frame } from './frames.ts'

const MOST_MESSAGE_CHARACTERS = 4000
const text = z.string().max(MOST_MESSAGE_CHARACTERS + LIMITS.consoleCharacters)

const report = z.strictObject({
  kind: z.literal('report'),
  errored: z.enum(['deadline', 'memory', 'unserialisable', 'output-too-large', 'crashed']).optional(),
  message: text.optional(),
  stack: text.optional(),
  console: text.optional(),
})

/** The outcome that `frame` reports. A frame that is no report, or whose body is no list of outputs, is an `errored` one. */
export function readReport(frame: Frame, seconds: number): UnitOutcome {
  const parsed = report.safeParse(frame.head)
  if (!parsed.success) return { errored: 'crashed', message: 'The sandbox process answered with something that is no report.', seconds }
  const { errored, message = '', stack, console } = parsed.data
  if (errored !== undefined) return { errored, message: message.slice(0, MOST_MESSAGE_CHARACTERS), seconds }
  try {
    inspectOutputs(frame.body)
  } catch (error) {
    return {
      errored: 'unserialisable',
      message: `Expected a list of outputs from the code, got bytes that are none. ${String(error)}`,
      seconds,
    }
  }
  return {
    output: frame.body,
    seconds,
    ...(console ? { console: console.slice(0, LIMITS.consoleCharacters) } : {}),
    ...(stack ? { stack } : {}),
  }
}
