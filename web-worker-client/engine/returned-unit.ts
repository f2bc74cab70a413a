import { LIMITS, type ReturnedUnit } from '../../sdk/protocol.ts'
import type { UnitOutcome } from './sandbox-thread.ts'

/** What the server is told of an outcome, within the limits of the wire; the sandbox has its own cap, this one does not rely on it. */
export function returnedUnit(lease: string, outcome: UnitOutcome): ReturnedUnit {
  const seconds = Number.isFinite(outcome.seconds) ? Math.max(0, outcome.seconds) : 0
  if ('errored' in outcome) return { lease, errored: outcome.errored, message: capped(outcome.message, LIMITS.nameCharacters), seconds }
  const size = outcome.output.byteLength
  if (size > LIMITS.payloadBytes) {
    const message = `Expected an output of at most ${LIMITS.payloadBytes} bytes, got ${size}; return less or split the inputs.`
    return { lease, errored: 'output-too-large', message, seconds }
  }
  return {
    lease,
    output: outcome.output,
    seconds,
    ...(outcome.console !== undefined && { console: capped(outcome.console, LIMITS.consoleCharacters) }),
    ...(outcome.stack !== undefined && { stack: capped(outcome.stack, LIMITS.stackCharacters) }),
    ...(outcome.reused && { reused: true }),
  }
}

function capped(text: string, characters: number): string {
  return text.slice(0, characters).toWellFormed()
}
