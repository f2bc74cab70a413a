import type { REPLServer } from 'node:repl'
import type { ReadStream } from 'node:tty'

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
