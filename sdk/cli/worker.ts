import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { keyFile, readKey } from '../key-files/key-files.ts'
import { packageScript, QUICK_START } from '../local/processes.ts'
import { DEFAULT_PORT } from '../local/server.ts'
import { printable } from '../printable.ts'
import { interruption } from './interruption.ts'
import { askPassphrase } from './passphrase.ts'
import { runningServer } from './running-server.ts'

export interface WorkerCommand {
  readonly home: string
  readonly url?: string
  readonly threads: number
  readonly name: string
  readonly anonymous: boolean
  /** Path of a private key. @default that of the home */
  readonly key?: string
}

/** `dsage worker`: until Ctrl-C, or until the worker gives up; its own sentences go to standard error. */
export async function runWorker({ home, threads, name, anonymous, ...options }: WorkerCommand): Promise<number> {
  const signal = interruption()
  const url = options.url ?? (await runningServer(home))?.url ?? `http://127.0.0.1:${DEFAULT_PORT}`
  const secret = anonymous ? {} : { key: await readKey(options.key ?? keyFile(home), askPassphrase) }
  const words = ['--url', url, '--threads', String(threads), '--name', name, '--home', home]
  // A group of its own: Ctrl-C reaches it once, from here.
  const child = spawn(process.execPath, [...QUICK_START, fileURLToPath(packageScript('web-worker-client/headless/main')), ...words], {
    env: {},
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  child.stdin.on('error', () => {})
  child.stdin.write(`${JSON.stringify(secret)}\n`)
  createInterface({ input: child.stdout }).once('line', (line) =>
    process.stdout.write(
      `${printable((JSON.parse(line) as { name: string }).name)} works for ${url}${anonymous ? ' as a stranger' : ''}; Ctrl-C stops it.\n`,
    ),
  )
  const ended = new Promise<number>((resolve, reject) => child.once('close', (code) => resolve(code ?? 1)).once('error', reject))
  signal.addEventListener('abort', () => child.kill('SIGTERM'))
  if (signal.aborted) child.kill('SIGTERM')
  return ended
}
