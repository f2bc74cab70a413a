import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type * as captured from '../../../sdk/codec/captured.ts'
import type * as primordials from '../../../web-worker-client/sandbox/primordials.ts'
import type * as lateCaptured from './captured.ts'
import type * as latePrimordials from './primordials.ts'

/** Built-ins that the sandbox takes early and the weakened one does not know: none, or this file does not compile. */
type Missing = Exclude<keyof typeof captured, keyof typeof lateCaptured> | Exclude<keyof typeof primordials, keyof typeof latePrimordials>

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const lateBuiltIns: Plugin = {
  name: 'late built-ins' satisfies [Missing] extends [never] ? string : Missing,
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
