// Makes sure that dependencies, generated database clients and the portal's build are there and fresh, then runs the script named
// after it, if any, with the right Node: node scripts/prepare.mjs [script [argument …]]
// Plain JavaScript for Node 20 and newer, without dependencies: it runs before there are any.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BROUGHT_NODE, isNewEnough, nodeEnvironment, nodePath, runNode } from '../bin/run-node.mjs'
import { takeLock } from './lock.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const at = (path) => join(root, path)
const OFFLINE = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b/

/** All files below the paths, in order; generated ones and the build itself are no inputs. */
function filesOf(paths) {
  const found = []
  const visit = (path) => {
    if (!existsSync(at(path))) return
    const entries = /\.\w+$/.test(path) ? undefined : readdirSync(at(path), { withFileTypes: true })
    if (!entries) return found.push(path)
    for (const entry of entries) {
      if (entry.isDirectory() && entry.name !== 'dist' && entry.name !== 'node_modules') visit(`${path}/${entry.name}`)
      else if (entry.isFile()) found.push(`${path}/${entry.name}`)
    }
  }
  for (const path of paths) visit(path)
  return found.sort()
}

function hashOf(paths) {
  const hash = createHash('sha256')
  for (const file of filesOf(paths))
    hash
      .update(`${file}\0`)
      .update(readFileSync(at(file)))
      .update('\0')
  return hash.digest('hex')
}

const stampOf = (name) => at(`.prepared/${name}`)
function stampIs(name, hash) {
  try {
    return readFileSync(stampOf(name), 'utf8') === hash
  } catch {
    return false
  }
}

/** Whether node_modules holds what the lock file names; so after an npm ci or npm install by hand nothing is installed again. */
function installedAgrees() {
  const installed = JSON.parse(readFileSync(at('node_modules/.package-lock.json'), 'utf8')).packages
  const wanted = Object.entries(JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages)
  return wanted.every(([path, { version, optional, peer, link }]) => {
    return path === '' || link || (installed[path] ? installed[path].version === version : optional || peer)
  })
}

/** Runs a program quietly; its words are shown only when it fails. */
function run(program, words, env = nodeEnvironment()) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' })
    let said = ''
    const keep = (piece) => {
      said = (said + piece).slice(-20_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve() : reject(Object.assign(new Error(`${program} ended with ${code}`), { said }))))
  })
}

async function npm(what, ...words) {
  try {
    await run('npm', [...words, '--loglevel=error'], process.env)
  } catch (error) {
    const why = OFFLINE.test(error.said ?? '')
      ? 'the npm registry cannot be reached: connect to the network and run it again'
      : 'its words stand above'
    throw Object.assign(new Error(`Expected npm ${words[0]} to install ${what}, but it failed; ${why}.`), { said: error.said })
  }
}

/**
 * Install scripts stay off: every native package brings its binaries, and npm ci would compile better-sqlite3 all the same, because a
 * lock file does not say that it need not (`gypfile`).
 */
const install = () => npm('the dependencies', 'ci', '--ignore-scripts', '--no-audit', '--no-fund')
/** The one install script that is wanted. */
const bringNode = () => npm('Node', 'rebuild', 'node', '--ignore-scripts=false')

async function generate() {
  for (const provider of ['sqlite', 'postgresql']) {
    const env = { ...nodeEnvironment(), DB_PROVIDER: provider, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' }
    await run(nodePath(), ['node_modules/prisma/build/index.js', 'generate'], env)
  }
}

const PORTABLE_MATH = 'web-worker-client/sandbox/generated/portable-math.js'

/** What `dsage` and `dsage/math` lead to, without their ending. */
const ENTRIES = ['sdk/browser', 'sdk/node', 'sdk/math']

/** A clone imports itself by its published names too; what they lead to leads on to the sources. `npm pack` puts compiled files there. */
export function writeEntries() {
  rmSync(at('dist'), { recursive: true, force: true })
  mkdirSync(at('dist/sdk'), { recursive: true })
  writeFileSync(at('dist/package.json'), '{ "type": "module" }\n')
  for (const entry of ENTRIES) {
    for (const ending of ['js', 'd.ts']) writeFileSync(at(`dist/${entry}.${ending}`), `export * from '../../${entry}.ts'\n`)
  }
}

/** Each step: what it makes, from which inputs, and what must be there afterwards. */
const STEPS = [
  {
    name: 'dependencies',
    inputs: ['package-lock.json'],
    output: 'node_modules/.package-lock.json',
    already: installedAgrees,
    make: install,
  },
  {
    name: 'node',
    // An npm ci by hand brings the package without its program, and takes away the program that was there.
    needed: () => !isNewEnough(),
    inputs: ['package-lock.json'],
    output: BROUGHT_NODE,
    make: bringNode,
  },
  {
    name: 'clients',
    inputs: ['prisma/models', 'prisma.config.ts', 'package-lock.json'],
    output: 'server/store/generated/postgresql/client.ts',
    make: generate,
  },
  {
    name: 'mathematics',
    inputs: ['package-lock.json', 'scripts/portable-math.mjs'],
    output: PORTABLE_MATH,
    make: async () => (await import('./portable-math.mjs')).writePortableMath(at(PORTABLE_MATH)),
  },
  {
    name: 'portal',
    inputs: ['portal', 'web-worker-client', 'sdk', 'scripts/portable-math.mjs', 'package-lock.json'],
    output: 'portal/dist/sandbox-frame.js',
    make: () => run(nodePath(), ['portal/build.ts']),
  },
  { name: 'entries', inputs: ['package.json', 'scripts/prepare.mjs'], output: 'dist/sdk/node.js', make: writeEntries },
]

function staleStep() {
  for (const step of STEPS) {
    if (step.needed?.() === false) continue
    const hash = hashOf(step.inputs)
    if (!existsSync(at(step.output)) || !stampIs(step.name, hash)) return { ...step, hash }
  }
}

/**
 * Brings everything up to date; quick when it is. Two that run at once take turns.
 * @throws with one sentence, and in `said` the words of the program that failed
 */
export async function prepare({ force = [] } = {}) {
  for (const name of force) rmSync(stampOf(name), { force: true })
  if (!staleStep()) return
  mkdirSync(at('.prepared'), { recursive: true })
  const release = await takeLock(stampOf('lock'))
  try {
    for (let step = staleStep(); step; step = staleStep()) {
      if (!(existsSync(at(step.output)) && step.already?.())) {
        console.error(`preparing ${step.name} …`)
        rmSync(stampOf(step.name), { force: true })
        await step.make()
      }
      if (!existsSync(at(step.output))) throw new Error(`Expected preparing ${step.name} to make ${step.output}, but it is not there.`)
      writeFileSync(stampOf(step.name), step.hash)
    }
  } finally {
    release()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [first, ...rest] = process.argv.slice(2)
  try {
    await prepare({ force: first === '--generate' ? ['clients'] : [] })
    if (first && first !== '--generate') await runNode([first, ...rest])
  } catch (error) {
    if (error.said) console.error(error.said.trim())
    console.error(error.message)
    process.exitCode = 1
  }
}
