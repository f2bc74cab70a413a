// Plain JavaScript for Node 20 and newer: it runs before the right Node does.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const NODE_MAJOR = 24
/** Where the package `node` puts its program. */
export const BROUGHT_NODE = 'node_modules/node/bin/node'

/** Whether the Node that runs this can run TypeScript. */
export const isNewEnough = () => Number(process.versions.node.split('.')[0]) >= NODE_MAJOR

/** Path of a Node that runs TypeScript: this one when it is new enough, else the one that preparing brings. */
export function nodePath() {
  if (isNewEnough()) return process.execPath
  const brought = join(root, BROUGHT_NODE)
  if (existsSync(brought)) return brought
  throw new Error(`Expected Node ${NODE_MAJOR} or newer, got ${process.versions.node}, and ${brought} is missing: run npm start.`)
}

/** The environment in which every child finds that Node first. */
export function nodeEnvironment() {
  const separator = process.platform === 'win32' ? ';' : ':'
  return { ...process.env, PATH: `${dirname(nodePath())}${separator}${process.env.PATH ?? ''}` }
}

/** Runs a script with that Node in this process's place: same streams, signals passed on, its exit code becomes ours. */
export async function runNode(words) {
  const child = spawn(nodePath(), words, { stdio: 'inherit', env: nodeEnvironment() })
  // A terminal sends Ctrl-C to the child as well; passing it on would count as a second one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY) || child.kill(signal))
  }
  process.exitCode = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? (signal ? 1 : 0)))
  })
}
