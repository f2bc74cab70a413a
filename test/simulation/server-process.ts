import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { QUICK_START } from '../../sdk/local/processes.ts'

const MAIN = fileURLToPath(new URL('../../server/main.ts', import.meta.url))

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return address && typeof address === 'object' ? address.port : 0
}

/** The real server as a process that can be killed at any moment and started again on the same port over the same home. */
export class ServerProcess {
  readonly url: string
  readonly #environment: Record<string, string>
  #child: ChildProcess | undefined
  #starting: Promise<void> | undefined

  private constructor(port: number, home: string, more: Record<string, string>) {
    this.url = `http://127.0.0.1:${port}`
    this.#environment = {
      ...{ DSAGE_HOME: home, DSAGE_PORT: String(port), DSAGE_PARENT_STDIN: '1' },
      ...{ DSAGE_MINIMUM_LEASE_SECONDS: '1', DSAGE_GRACE_SECONDS: '1', DSAGE_LOG: 'error' },
      ...more,
    }
  }

  /** @param more further variables of its environment, told its port */
  static async start(
    home: string,
    databaseUrl?: string,
    more: (port: number) => Record<string, string> = () => ({}),
  ): Promise<ServerProcess> {
    const port = await freePort()
    const server = new ServerProcess(port, home, { ...more(port), ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) })
    await server.restart()
    return server
  }

  /** SIGKILL, at once; whoever waits for the next start uses `restart`. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  /** It says nothing any more, and its sockets stay open; `thaw` is the inverse. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Resolves when the server is ready again. */
  restart(): Promise<void> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await ended
  }

  async #start(): Promise<void> {
    await this.stop()
    const child = spawn(process.execPath, [...QUICK_START, MAIN], { env: this.#environment, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child = child
    let words = ''
    child.stderr.on('data', (text) => {
      words += text
    })
    const lines = createInterface({ input: child.stdout })
    await new Promise<void>((resolve, reject) => {
      lines.once('line', () => resolve())
      child.once('close', () => reject(new Error(`Expected the server to be ready, it ended: ${words}`)))
    })
  }
}
