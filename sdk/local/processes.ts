/**
 * A child process that says when it is ready: one JSON line on its standard output. Secrets go to its standard input, which stays open as long as
 * this process lives: a child that sees it end stops by itself, so that nothing lingers when this process is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { StartFailed } from '../errors.ts'
import { printable } from '../printable.ts'

export interface ProcessPlan {
  /** For messages: `server`, `worker`. */
  readonly name: string
  /** The script, a file: URL. */
  readonly script: URL
  readonly arguments?: readonly string[]
  /** Flags of Node itself. */
  readonly flags?: readonly string[]
  /** The whole environment of the child: nothing of ours is handed on, it may hold secrets. */
  readonly environment?: Readonly<Record<string, string>>
  /** One line for its standard input. */
  readonly input?: string
  /** Seconds until it must be ready. @default 60 */
  readonly readySeconds?: number
}

/** Milliseconds a child has to stop by itself. */
const GRACE_MS = 10_000
/** Characters of its standard error kept to explain a failure. */
const COMPLAINT_CHARACTERS = 4096

export class LocalProcess {
  readonly name: string
  /** What the ready line said. */
  readonly ready: Readonly<Record<string, unknown>>
  /** Resolves when it has ended, for whatever reason. */
  readonly exited: Promise<void>
  readonly #child: ChildProcess

  private constructor(name: string, child: ChildProcess, exited: Promise<void>, ready: Readonly<Record<string, unknown>>) {
    this.name = name
    this.ready = ready
    this.exited = exited
    this.#child = child
  }

  /** Starts it and waits for its ready line. @throws StartFailed with its own last sentence */
  static async start(plan: ProcessPlan): Promise<LocalProcess> {
    const { name, script, input, readySeconds = 60 } = plan
    const child = spawn(process.execPath, [...QUICK_START, ...(plan.flags ?? []), fileURLToPath(script), ...(plan.arguments ?? [])], {
      env: { ...plan.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C in a terminal reaches us alone, and we stop it in order.
      detached: true,
    })
    let complaint = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-COMPLAINT_CHARACTERS)
    })
    // A child that dies while it is written to is reported by its exit.
    child.stdin.on('error', () => {})
    if (input !== undefined) child.stdin.write(`${input}\n`)
    // 'close' rather than 'exit': by then everything it wrote has been read.
    const exited = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()))
    const why = () => printable(complaint.trim().split('\n').at(-1) || 'it gave no reason')
    try {
      return new LocalProcess(name, child, exited, await readyLine(plan, child, exited, readySeconds, why))
    } catch (error) {
      child.kill('SIGKILL')
      await exited
      throw error
    }
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** Asks it to stop, waits until it has, and ends it when it does not within ten seconds. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS)
    await this.exited
    clearTimeout(timer)
  }
}

/** What the first line of its standard output says; the further ones are read and dropped, so that it never blocks on writing. */
async function readyLine(plan: ProcessPlan, child: ChildProcess, exited: Promise<void>, seconds: number, why: () => string) {
  const lines = createInterface({ input: child.stdout! })
  let timer: ReturnType<typeof setTimeout> | undefined
  const line = await new Promise<string>((resolve, reject) => {
    const name = plan.name
    timer = setTimeout(() => reject(new StartFailed(`The ${name} was not ready after ${seconds} s: ${why()}`)), seconds * 1000)
    lines.once('line', resolve)
    child.once('error', (error) => reject(new StartFailed(`The ${name} could not be started: ${error.message}`)))
    void exited.then(() => reject(new StartFailed(`The ${name} did not start: ${why()}`)))
  }).finally(() => clearTimeout(timer))
  lines.on('line', () => {})
  try {
    const ready = JSON.parse(line)
    if (ready?.ready === true) return ready
  } catch {
    // Not JSON: reported as such below.
  }
  throw new StartFailed(`Expected the ${plan.name} to say {"ready":true,…}, it said: ${printable(line)}`)
}

/** The script `path` of this package, relative to its root: .ts in the repository, .js as published. */
export function packageScript(path: string): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new URL(`../../${path}.${extension}`, import.meta.url)
}

const root = new URL(import.meta.url.endsWith('.ts') ? '../../' : '../../../', import.meta.url)
/** Flags of Node with which scripts of this package start in half the time. */
export const QUICK_START: readonly string[] = ['--require', fileURLToPath(new URL('bin/compile-cache.cjs', root))]
