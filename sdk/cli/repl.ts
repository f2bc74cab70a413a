/** `dsage repl`: Node's own prompt with `d`, a connection to a cluster, and everything that the SDK and `dsage/math` export. */
import { join } from 'node:path'
import { type REPLServer, start } from 'node:repl'
import * as math from '../math.ts'
import * as sdk from '../node.ts'
import { type Cluster, openCluster } from './cluster.ts'
import { completeAtOnce, completeJobIds } from './completion.ts'

export interface ReplCommand {
  readonly home: string
  readonly workers: number
  readonly url?: string
}

const MISUNDERSTOOD = 2

/** Exit code 0 at its end, Ctrl-D or `.exit`; 1 when it was interrupted before it began; 2 without a terminal. @throws what the SDK throws */
export async function runRepl(command: ReplCommand): Promise<number> {
  if (!(process.stdin.isTTY && process.stdout.isTTY)) {
    process.stderr.write('error: Expected a terminal to prompt at, got a pipe or file: give expressions to dsage eval.\n')
    return MISUNDERSTOOD
  }
  const ended = new AbortController()
  const end = () => ended.abort()
  // Ctrl-C belongs to the prompt, which stops what is being evaluated.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, end)
  const cluster = await openCluster(command, ended.signal)
  if (cluster === undefined) return 1
  try {
    const prompt = await promptOf(cluster, command.home)
    ended.signal.addEventListener('abort', () => prompt.close(), { once: true })
    await new Promise<void>((resolve) => prompt.once('exit', resolve))
    return 0
  } finally {
    await cluster.close()
  }
}

async function promptOf({ d, url }: Cluster, home: string): Promise<REPLServer> {
  process.stdout.write(`d is connected to ${url}. Try d('2n ** 64n + 1n'), or await d.math('2^61-1').wait(); Tab completes, Ctrl-D ends.\n`)
  const prompt = start({ prompt: 'dsage> ', useGlobal: true, breakEvalOnSigint: true })
  Object.assign(prompt.context, math, sdk, { d })
  completeAtOnce(prompt, process.stdin)
  completeJobIds(prompt, d)
  // A history that cannot be kept is no reason not to begin.
  await new Promise<void>((resolve) => prompt.setupHistory(join(home, 'repl_history'), () => resolve()))
  return prompt
}
