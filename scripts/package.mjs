// What is published, run by npm around `npm pack`: `dist` becomes an image of the repository with JavaScript for TypeScript, since Node runs
// no TypeScript below node_modules. Afterwards `dist` leads to the sources again.   node scripts/package.mjs [--entries]
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runNode } from '../bin/run-node.mjs'
import { prepare, writeEntries } from './prepare.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (path) => join(root, path)
/** What programs read beside their code, at the same place relative to it. */
const COPIED = ['prisma/migrations', 'portal/dist', 'web-worker-client/sandbox/generated']

/**
 * Prisma's adapter goes into the file that uses it: it asks for a better-sqlite3 of major version 12, which would be compiled where it is installed,
 * and what we override in a clone is not overridden below somebody else's node_modules.
 */
async function embedAdapter() {
  const { build } = await import('esbuild')
  const file = at('dist/server/store/serial-sqlite.js')
  const ours = {
    name: 'ours',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\./ }, ({ path, importer }) => (importer === file ? { path, external: true } : undefined)),
  }
  await build({
    entryPoints: [file],
    outfile: file,
    allowOverwrite: true,
    bundle: true,
    external: ['better-sqlite3', '@prisma/driver-adapter-utils'],
    plugins: [ours],
    format: 'esm',
    platform: 'node',
    sourcemap: true,
    banner: { js: '// Contains @prisma/adapter-better-sqlite3, © Prisma Data, Inc., Apache License 2.0.' },
    logLevel: 'warning',
  })
}

async function compile() {
  await prepare()
  rmSync(at('dist'), { recursive: true, force: true })
  await runNode([at('node_modules/typescript/bin/tsc'), '-p', at('tsconfig.package.json')])
  if (process.exitCode) throw new Error('Expected the sources to compile; what is wrong stands above.')
  await embedAdapter()
  for (const path of COPIED) cpSync(at(path), at(`dist/${path}`), { recursive: true })
  const { name, version } = JSON.parse(readFileSync(at('package.json'), 'utf8'))
  writeFileSync(at('dist/package.json'), `${JSON.stringify({ name, version, type: 'module' })}\n`)
}

if (process.argv.includes('--entries')) writeEntries()
else await compile()
