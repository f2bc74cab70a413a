/** The desktop and the log files of this machine. */
import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import type { LocalMachine } from '../cluster.ts'
import { BadArgument } from '../errors.ts'

/** Bytes read at a time, from the end. */
const PIECE_BYTES = 64 * 1024
/** Bytes of a log that are looked at. */
const MOST_BYTES = 4 * 1024 * 1024
const LINE_END = 0x0a

export const localMachine = (home: string): LocalMachine => ({
  showPage,
  lastLines: (log, most) => lastLines(join(home, `${log}.log`), most),
})

/** The address is a normal form of ours, without anything that a shell could take for its own. */
function openerOf(url: string): readonly [command: string, words: readonly string[]] | undefined {
  if (platform() === 'darwin') return ['open', [url]]
  if (platform() === 'win32') return ['rundll32', ['url.dll,FileProtocolHandler', url]]
  const { DISPLAY, WAYLAND_DISPLAY } = process.env
  return DISPLAY || WAYLAND_DISPLAY ? ['xdg-open', [url]] : undefined
}

/** Rejected: the package `open`, which brings eight others for what is one command a system when the address is our own. */
function showPage(url: string): Promise<boolean> {
  const opener = openerOf(url)
  if (opener === undefined) return Promise.resolve(false)
  const child = spawn(...opener, { stdio: 'ignore', detached: true })
  return new Promise((resolve) => {
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}

/** The last lines of a file, from its last 4 MiB at most. @throws BadArgument naming it */
export async function lastLines(file: string, most: number): Promise<string[]> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    const advice = error.code === 'ENOENT' ? 'give the home of a server or worker that ran on this machine' : 'make it readable'
    throw new BadArgument(`Expected a log in ${file}, but the system says ${error.code}; ${advice}.`, error)
  })
  try {
    const { size } = await handle.stat()
    let tail = Buffer.alloc(0)
    let at = size
    while (at > 0 && tail.length < MOST_BYTES && linesIn(tail) <= most) {
      const piece = Buffer.alloc(Math.min(PIECE_BYTES, at))
      at -= piece.length
      const { bytesRead } = await handle.read(piece, 0, piece.length, at)
      tail = Buffer.concat([piece.subarray(0, bytesRead), tail])
    }
    const lines = tail.toString('utf8').split('\n')
    if (lines.at(-1) === '') lines.pop()
    // What stands before it was not read.
    if (at > 0) lines.shift()
    return lines.slice(-most)
  } finally {
    await handle.close()
  }
}

function linesIn(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) lines += 1
  return lines
}
