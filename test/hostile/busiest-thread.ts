import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { descendantsOf } from '../support/descendants.ts'

const SAMPLES = 40
const SAMPLE_MS = 20

/** Threads of the processes below this one that compute or wait for a core to compute on. */
function wantingThreads(): string[] {
  return descendantsOf(process.pid).flatMap((id) => {
    try {
      const threads = readdirSync(`/proc/${id}/task`).map((thread) => `/proc/${id}/task/${thread}/stat`)
      return threads.filter((path) => /^R/.test(readFileSync(path, 'latin1').split(') ').at(-1)!))
    } catch {
      return []
    }
  })
}

/** In what share of looks, over 0.8 s, the thread that wants a core most often wanted one: of a loop in all, however busy the machine is. */
export async function busiestThread(): Promise<number> {
  const seen = new Map<string, number>()
  for (let i = 0; i < SAMPLES; i++) {
    for (const thread of wantingThreads()) seen.set(thread, (seen.get(thread) ?? 0) + 1)
    await setTimeout(SAMPLE_MS)
  }
  return Math.max(0, ...seen.values()) / SAMPLES
}
