/** Units that run now, as their devices say: made safe to show and to reckon with, whoever said it. */
import { printable } from './printable.ts'
import { type JobSnapshot, LIMITS, type RunningUnit } from './protocol.ts'

const shown = ({ key, inputs, fraction, note, seconds }: RunningUnit): RunningUnit => ({
  key: printable(key),
  inputs,
  fraction: fraction >= 0 ? Math.min(fraction, 1) : 0,
  ...(note ? { note: printable(note.slice(0, LIMITS.nameCharacters)) } : {}),
  seconds,
})

/** The snapshot with these units, or without any. */
export function withRunning({ running: _, ...snapshot }: JobSnapshot, units: readonly RunningUnit[] = []): JobSnapshot {
  return units.length === 0 ? snapshot : { ...snapshot, running: units.slice(0, LIMITS.runningUnits).map(shown) }
}

/** One unit on one line. */
export function runningText({ key, inputs, fraction, note, seconds }: RunningUnit): string {
  const from = Number(key)
  const what = /^\d+$/.test(key) ? (inputs > 1 ? `inputs ${from} to ${from + inputs - 1}` : `input ${from}`) : `unit ${key}`
  return `${what}: ${Math.floor(100 * fraction)} %${note === undefined ? '' : ` ${note}`}, ${Math.round(seconds)} s`
}
