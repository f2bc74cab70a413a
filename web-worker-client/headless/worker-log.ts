import { appendFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../engine/log.ts'

/** A file that has grown to this is put aside, over the one that was before. */
const MOST_BYTES = 1024 * 1024

/**
 * Says each sentence and keeps it in `worker.log`, which the workers of a home share, a JSON line each as in the server's log. Whole lines are
 * appended at once, so those of several workers do not mix.
 */
export function workerLog(home: string, name: string, say: (sentence: string) => void): Log {
  const file = join(home, 'worker.log')
  const keep = (level: number) => (sentence: string) => {
    say(sentence)
    putAside(file)
    try {
      appendFileSync(file, `${JSON.stringify({ level, time: Date.now(), worker: name, msg: sentence })}\n`, { mode: 0o600 })
    } catch {
      // A full disk, say: it was said all the same.
    }
  }
  return { info: keep(30), warn: keep(40) }
}

function putAside(file: string): void {
  try {
    if (statSync(file).size >= MOST_BYTES) renameSync(file, `${file}.1`)
  } catch {
    // There is none yet, or another worker was first.
  }
}
