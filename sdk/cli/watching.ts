import { clearScreenDown, cursorTo } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { interruption } from './interruption.ts'

const LOOK_MS = 500

/** What is to be shown, and whether that is the last of it. */
export interface Sight {
  readonly text: string
  readonly over: boolean
}

/**
 * Shows what `look` gives; with `again` once more whenever it has changed, until it is over or Ctrl-C: in place on a terminal, otherwise beneath.
 * A terminal is cleared for nothing that is shown once, nor where programs read.
 */
export async function showSights(look: () => Promise<Sight>, { again, inPlace }: { again: boolean; inPlace: boolean }): Promise<void> {
  const signal = again ? interruption() : undefined
  const repaints = again && inPlace && process.stdout.isTTY
  for (let shown: string | undefined; ; ) {
    const { text, over } = await look()
    if (text !== shown) {
      if (repaints) {
        cursorTo(process.stdout, 0, 0)
        clearScreenDown(process.stdout)
      } else if (shown !== undefined && inPlace) process.stdout.write('\n')
      process.stdout.write(text)
      shown = text
    }
    if (signal === undefined || over || signal.aborted) return
    await setTimeout(LOOK_MS, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
  }
}
