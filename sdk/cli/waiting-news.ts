/** Says why a job does not go on, to whoever waits for it at a terminal. */
import { waitingText } from '../checking-text.ts'
import type { JobSnapshot } from '../protocol.ts'

/** Milliseconds between two looks at what is known of the job; no request is made for it. */
const LOOK_MS = 500

/** Writes to standard error, once for each change, until the returned function is called. */
export function tellWaiting(job: { readonly status: JobSnapshot | undefined }): () => void {
  let said: string | undefined
  const look = (): void => {
    const waiting = job.status?.waiting
    const now = waiting && waitingText(waiting, job.status)
    if (now !== undefined && now !== said) process.stderr.write(`Waiting: ${now}.\n`)
    said = now
  }
  const timer = setInterval(look, LOOK_MS)
  timer.unref()
  return () => clearInterval(timer)
}
