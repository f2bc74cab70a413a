import type { AsyncCompleter } from 'node:readline'
import type { REPLServer } from 'node:repl'
import type { ReadStream } from 'node:tty'
import type { DSage } from '../dsage.ts'

/** What ends in Tab and is not pasted lines. */
const ASKS = /^[^\r\n\t]*\t$/

/**
 * Tab as at a shell: one press lists what there is to choose from (Node's prompt waits for a second), and it is taken for a Tab too when it comes
 * in one piece with what was typed before it, as over a slow line; Node takes every such piece for pasted text.
 */
export function completeAtOnce(prompt: REPLServer, input: ReadStream): void {
  let piece = ''
  input.prependListener('data', (bytes: Buffer | string) => {
    piece = String(bytes)
    if (ASKS.test(piece)) setImmediate(() => prompt.write(null as never, { name: 'tab' }))
  })
  Object.defineProperty(prompt, 'isCompletionEnabled', { get: () => piece.length === 1 || ASKS.test(piece), set: () => {} })
}

/** An id that is being written: `d.job('3f`, `d.kill("`. */
const JOB_ID = /\bd\.(?:job|kill)\(\s*['"`]([0-9a-f]{0,32})$/
/** The newest jobs are offered, as many as a screen shows. */
const JOBS_OFFERED = 40

/** Tab within `d.job('…` and `d.kill('…` offers the ids of one's jobs; for `kill` of those that are not over. */
export function completeJobIds(prompt: REPLServer, d: Pick<DSage, 'getMyJobs'>): void {
  const completeOthers = prompt.completer as AsyncCompleter
  const completer: AsyncCompleter = (line, answer) => {
    const [text, begun] = JOB_ID.exec(line) ?? []
    if (text === undefined || begun === undefined) return completeOthers.call(prompt, line, answer)
    d.getMyJobs({ limit: JOBS_OFFERED, ...(text.startsWith('d.kill') ? { active: true } : {}) }).then(
      (jobs) => answer(null, [jobs.map(({ job }) => job).filter((id) => id.startsWith(begun)), begun]),
      () => answer(null, [[], begun]),
    )
  }
  Object.defineProperty(prompt, 'completer', { value: completer, writable: true })
}
