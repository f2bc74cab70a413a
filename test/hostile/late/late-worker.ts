import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const lateBuiltIns: Plugin = {
  name: 'late built-ins',
  setup({ onResolve }) {
    onResolve({ filter: /\/primordials\.ts$/ }, () => ({ path: here('primordials.ts') }))
    onResolve({ filter: /\/captured\.ts$/ }, () => ({ path: here('captured.ts') }))
  },
}

/** A program of the sandbox's workers that looks built-ins up when it uses them; a file of its own in a temporary folder. */
export async function buildLateWorker(): Promise<{ readonly file: string; readonly folder: string }> {
  const entryPoints = [here('../../../web-worker-client/sandbox/worker-entry.ts')]
  const { outputFiles } = await build({
    entryPoints,
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2024',
    plugins: [lateBuiltIns],
  })
  const folder = await mkdtemp(join(tmpdir(), 'dsage-late-'))
  const file = join(folder, 'worker.js')
  await writeFile(file, outputFiles[0]!.text)
  return { file, folder }
}
