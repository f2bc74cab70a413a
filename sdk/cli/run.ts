/** `dsage run`: a program of the researcher's, in this process. */
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import type { DSage } from '../dsage.ts'
import { BadArgument, DSageError } from '../errors.ts'
import { toJson } from '../json.ts'
import { provideOwnPackage } from '../local/own-package.ts'
import { readScript, type Script } from '../local/script.ts'
import { printable } from '../printable.ts'
import { openCluster } from './cluster.ts'
import { aborted, interruption } from './interruption.ts'
import { jsonLine } from './json-line.ts'
import { showJobs } from './run-progress.ts'
import { valueText } from './value-text.ts'

export interface RunCommand {
  readonly home: string
  readonly file: string
  /** What the program finds in `process.argv` behind its own name. */
  readonly words: readonly string[]
  readonly json: boolean
  readonly workers: number
  readonly url?: string
}

const MISUNDERSTOOD = 2

/**
 * Exit code 0, or what the program set; 1 when it threw or was interrupted; 2 when there is no such program, and then nothing is started. A program that
 * uses `d` without declaring it, or has a default export, gets a connection; any other runs as it stands. @throws what the SDK throws
 */
export async function run(command: RunCommand): Promise<number> {
  let script: Script
  try {
    script = await readScript(command.file)
  } catch (error) {
    if (!(error instanceof BadArgument)) throw error
    process.stderr.write(`error: ${printable(error.message)}\n`)
    return MISUNDERSTOOD
  }
  provideOwnPackage()
  process.argv = [process.argv[0]!, script.path, ...command.words]
  if (!script.needsConnection) return ended(() => runAlone(script))
  const signal = interruption()
  const cluster = await openCluster(command, signal)
  if (cluster === undefined) return 1
  const hide = await showJobs(cluster.d)
  try {
    return await ended(() => Promise.race([runWith(cluster.d, script, command), aborted(signal).then(() => 1)]))
  } finally {
    hide()
    if (signal.aborted && !cluster.ends)
      process.stderr.write(`Its jobs go on at ${cluster.url}: dsage jobs lists them, dsage kill ends one.\n`)
    await cluster.close()
  }
}

/** A program's own errors are shown with their stack: the reader wrote it. */
async function ended(program: () => Promise<number>): Promise<number> {
  try {
    return await program()
  } catch (error) {
    process.stderr.write(`${error instanceof DSageError && error.cause === undefined ? printable(error.message) : inspect(error)}\n`)
    return 1
  }
}

async function runAlone({ path }: Script): Promise<number> {
  await import(pathToFileURL(path).href)
  return Number(process.exitCode ?? 0)
}

async function runWith(d: DSage, { path, hasDefault }: Script, { json }: RunCommand): Promise<number> {
  Object.assign(globalThis, { d })
  const { default: main } = (await import(pathToFileURL(path).href)) as { readonly default?: unknown }
  const value = hasDefault ? await (typeof main === 'function' ? main(d) : main) : undefined
  if (value !== undefined) process.stdout.write(json ? jsonLine({ value: toJson(value) }) : `${valueText(value)}\n`)
  return Number(process.exitCode ?? 0)
}
