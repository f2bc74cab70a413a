import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { SERVER_FLAGS } from '../../sdk/local/server.ts'

/** A real server in its own process with a home of its own. */
export class ServerProcess {
  readonly home: string
  readonly url: string
  readonly #child: ChildProcess
  readonly #environment: Readonly<Record<string, string>>

  private constructor(home: string, url: string, child: ChildProcess, environment: Readonly<Record<string, string>>) {
    this.home = home
    this.url = url
    this.#child = child
    this.#environment = environment
  }

  static async start(
    environment: Readonly<Record<string, string>> = {},
    home = mkdtempSync(join(tmpdir(), 'dsage-bench-')),
  ): Promise<ServerProcess> {
    const variables = { DSAGE_HOME: home, DSAGE_PORT: '0', DSAGE_LOG: 'warn', DSAGE_PARENT_STDIN: '1', ...environment }
    const child = spawn(process.execPath, [...SERVER_FLAGS, 'server/main.ts'], {
      env: { ...process.env, ...variables },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).once('line', resolve)
      child.once('exit', (code) => reject(new Error(`The server ended with ${code} before it was ready.`)))
    })
    return new ServerProcess(home, (JSON.parse(line) as { url: string }).url, child, environment)
  }

  /** The operator's private key. */
  get key(): string {
    return readFileSync(join(this.home, 'dsage_key'), 'utf8')
  }

  get databaseFile(): string {
    return join(this.home, 'db', 'dsage.db')
  }

  /** CPU seconds the process has used, user and system. */
  cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / 100
  }

  /** Resident memory, bytes. */
  memory(): number {
    return Number(readFileSync(`/proc/${this.#child.pid}/statm`, 'utf8').split(' ')[1]) * 4096
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill(signal)
    await exited
  }

  /** The same home on the same port, after a stop. */
  again(): Promise<ServerProcess> {
    return ServerProcess.start({ ...this.#environment, DSAGE_PORT: new URL(this.url).port }, this.home)
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.home, { recursive: true, force: true })
  }
}

/** Milliseconds of one append of 16 KiB and its fdatasync in `folder`, `times` times. */
export function measureFsync(folder: string, times = 50): number[] {
  const file = join(folder, 'fsync-probe')
  const handle = openSync(file, 'w')
  const bytes = Buffer.alloc(16_384, 1)
  const taken: number[] = []
  for (let i = 0; i < times; i++) {
    const started = performance.now()
    writeSync(handle, bytes)
    fdatasyncSync(handle)
    taken.push(performance.now() - started)
  }
  closeSync(handle)
  rmSync(file)
  return taken
}
