/** A sandbox process seen from outside: started with as few rights as Node can give, spoken to in frames, killed with SIGKILL. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { printable } from '../../sdk/printable.ts'
import { LIMITS } from '../../sdk/protocol.ts'
import { isNews } from '../engine/unit-news.ts'
import type { ParentHead } from './child.ts'
import { encodeFrame, type Frame, FrameReader } from './frames.ts'

const MEGABYTE = 1024 * 1024
/** What is kept of the process's stderr: V8 says there why it gave up. */
const STDERR_CHARACTERS = 2000

const here = fileURLToPath(new URL('.', import.meta.url))
const program = fileURLToPath(new URL(`child${extname(import.meta.url)}`, import.meta.url))

/** The folders the process may read: its own, isolated-vm's and that of isolated-vm's loader; the loader also looks for Alpine Linux. */
function readableFolders(): string[] {
  const require = createRequire(import.meta.url)
  const isolated = require.resolve('isolated-vm')
  const loader = createRequire(isolated).resolve('node-gyp-build')
  return [here, dirname(isolated), dirname(loader), '/etc/alpine-release']
}

/** Node's flags for the process: no files but its own code, no processes, no threads. Node 24 cannot refuse TCP; the isolate has none. */
export const sandboxFlags = (): string[] => [
  '--no-node-snapshot',
  '--permission',
  '--allow-addons',
  ...readableFolders().map((folder) => `--allow-fs-read=${folder}`),
  '--no-warnings',
]

export class SandboxProcess {
  readonly #process: ChildProcess
  readonly #reader = new FrameReader(LIMITS.checkpointBytes)
  #waiting: ((frame: Frame | undefined) => void) | undefined
  /** Takes what the process says of the unit it runs; false when that is not to be believed. */
  onNews: ((frame: Frame) => boolean) | undefined
  #stderr = ''
  #broken: string | undefined
  /** Settles when the process has ended; never rejects. */
  readonly ended: Promise<void>
  /** Settles with whether the process is ready for units. */
  readonly ready: Promise<boolean>
  /** Resident size when it became ready, bytes; 0 where the system does not tell. */
  idleBytes = 0
  /** Digest of the bundle whose text the process has. */
  knownBundle: string | undefined
  /** Digests of the files that the process has. */
  knownFiles: ReadonlySet<string> = new Set()

  constructor(harness: Uint8Array) {
    const child = spawn(process.execPath, [...sandboxFlags(), program], {
      env: {},
      cwd: here,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    })
    this.#process = child
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => this.#note(String(error)))
      child.once('close', () => resolve())
    })
    this.ended.then(() => this.#deliver(undefined))
    child.stdin!.on('error', () => {})
    child.stderr!.setEncoding('utf8').on('data', (text: string) => this.#note(text))
    child.stdout!.on('data', (chunk: Buffer) => this.#read(chunk))
    this.ready = this.exchange({ kind: 'harness' }, harness).then((frame) => {
      this.idleBytes = this.residentBytes()
      return (frame?.head as { kind?: unknown } | undefined)?.kind === 'ready'
    })
  }

  /** Why the process ended or was ended, as far as it said, with control characters escaped. Names folders of this machine. */
  get lastWords(): string {
    return this.#broken ?? (printable(this.#stderr.trim()) || this.fate)
  }

  /** How it ended, without a word of what it wrote. */
  get fate(): string {
    return this.#process.signalCode ?? `exit code ${this.#process.exitCode ?? 'unknown'}`
  }

  get alive(): boolean {
    return (
      this.#broken === undefined && this.#process.exitCode === null && this.#process.signalCode === null && this.#process.pid !== undefined
    )
  }

  /** Sends one message and resolves with the next frame from the process, or undefined when it ends first. One exchange at a time. */
  exchange(head: ParentHead, ...body: readonly Uint8Array[]): Promise<Frame | undefined> {
    return new Promise((resolve) => {
      if (!this.alive) {
        resolve(undefined)
        return
      }
      this.#waiting = resolve
      this.#process.stdin!.write(encodeFrame(head, ...body))
    })
  }

  /** Resident size, bytes; 0 where the system does not tell. */
  residentBytes(): number {
    if (process.platform !== 'linux' || this.#process.pid === undefined) return 0
    try {
      const status = readFileSync(`/proc/${this.#process.pid}/status`, 'latin1')
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
    } catch {
      return 0
    }
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  #read(chunk: Buffer): void {
    if (this.#broken !== undefined) return
    try {
      for (const frame of this.#reader.push(chunk)) {
        if (this.#waiting === undefined) throw new Error('The sandbox process spoke without being asked.')
        if (!isNews(frame.head)) this.#deliver(frame)
        else if (!this.onNews?.(frame))
          throw new Error('The sandbox process said something that is no news of its unit, or too much of it.')
      }
    } catch (error) {
      this.#broken = error instanceof Error ? error.message : String(error)
      this.kill()
      this.#deliver(undefined)
    }
  }

  #deliver(frame: Frame | undefined): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.(frame)
  }

  #note(text: string): void {
    this.#stderr = (this.#stderr + text).slice(-STDERR_CHARACTERS)
  }
}

export const megabytes = (bytes: number): number => Math.round(bytes / MEGABYTE)
