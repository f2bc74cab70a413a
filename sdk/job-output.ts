/** What a job's code printed, read from the server when it is asked for and kept nowhere here. */
import { EventFold } from './event-fold.ts'
import type { JobChannel } from './job-channel.ts'
import { printable } from './printable.ts'

/** What the code printed for the inputs of one unit. */
export interface UnitOutput {
  /** Position of the unit's first input, from 0. */
  readonly index: number
  /** One entry a line, with control characters escaped; never empty. */
  readonly lines: readonly string[]
}

/** Characters of the output of a whole job. */
const MOST_CHARACTERS = 1024 * 1024

/** A text from a device as lines for a screen; tabs stay. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.split('\t').map(printable).join('\t'))
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** Of each unit that printed something, as its result comes; again when another result takes its place. */
export async function* outputsOf(channel: JobChannel, patienceMs?: number): AsyncGenerator<UnitOutput, void, void> {
  const fold = new EventFold()
  for await (const page of channel.pages({ patienceMs, withConsole: true })) {
    for (const event of page) {
      const change = fold.apply(event)
      const lines = change === 'delivered' ? linesOf(event.console ?? '') : []
      if (lines.length > 0) yield { index: Number(event.key), lines }
    }
  }
}

/** All of them in the order of inputs, at most a million characters. */
export async function allLinesOf(channel: JobChannel, patienceMs?: number): Promise<readonly string[]> {
  const units = new Map<number, readonly string[]>()
  let characters = 0
  let isCut = false
  for await (const { index, lines } of outputsOf(channel, patienceMs)) {
    characters += sizeOf(lines) - sizeOf(units.get(index) ?? [])
    isCut = characters > MOST_CHARACTERS
    if (isCut) break
    units.set(index, lines)
  }
  const all = [...units].sort(([a], [b]) => a - b).flatMap(([, lines]) => lines)
  return isCut ? [...all, `… cut at ${MOST_CHARACTERS} characters: read the units one by one with \`job.outputs()\``] : all
}

const sizeOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0)
