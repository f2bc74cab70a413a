import { clearLine, cursorTo } from 'node:readline'
import { SingleBar } from 'cli-progress'

/** Where there is no terminal a line is written at most this often, milliseconds. */
const LINE_EVERY_MS = 3_000

/** How far something is, on standard error: a bar on a terminal, otherwise a plain line every few seconds. */
export class ProgressLine {
  readonly #title: string
  readonly #bar: SingleBar | undefined
  #saidAt = performance.now()

  constructor(title: string) {
    this.#title = title
    if (!process.stderr.isTTY) return
    const format = `${title} [{bar}] {percentage}% {note}`
    // Cursor and wrapping stay as they are: a second Ctrl-C ends the process before anything could bring them back.
    const looks = { barCompleteChar: '=', barIncompleteChar: ' ', clearOnComplete: true, hideCursor: false, linewrap: true }
    this.#bar = new SingleBar({ format, stream: process.stderr, ...looks })
    this.#bar.start(100, 0, { note: '' })
  }

  /** @param fraction 0 to 1 */
  update(fraction: number, note = ''): void {
    const percent = Math.floor(100 * fraction)
    this.#bar?.update(percent, { note })
    if (this.#bar !== undefined || performance.now() - this.#saidAt < LINE_EVERY_MS) return
    this.#saidAt = performance.now()
    process.stderr.write(`${`${this.#title}: ${percent} % ${note}`.trim()}\n`)
  }

  /** Makes room on its line for something else; the next update shows it again. */
  clear(): void {
    if (this.#bar === undefined) return
    clearLine(process.stderr, 0)
    cursorTo(process.stderr, 0)
  }

  /** Takes the bar off the screen. */
  stop(): void {
    this.#bar?.stop()
  }
}
