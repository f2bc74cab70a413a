/**
 * Builds the script of the sandbox frames: the frame's program with the workers' program in it as text, one script without imports, since
 * the frame's policy lets it fetch nothing. The server puts it into the frames' pages; it is nothing that a page may load.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export interface SandboxPrograms {
  /** Program of the workers. @default the product's */
  readonly worker?: string
  /** Program of the frame; the text of the workers' program replaces `HARNESS` in it. @default the product's */
  readonly frame?: string
}

async function bundle(entry: string, define: Record<string, string> = {}): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    write: false,
    bundle: true,
    // Names stay: job code can read those of the functions it is given, and sees the same in an isolate.
    minifySyntax: true,
    minifyWhitespace: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2024',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
    define,
  })
  return outputFiles[0]!.text
}

/** The script; fit to stand inside of a script element as it is. */
export async function sandboxScript({
  worker = at('../web-worker-client/sandbox/worker-entry.ts'),
  frame = at('../web-worker-client/sandbox/frame-entry.ts'),
}: SandboxPrograms = {}): Promise<string> {
  const harness = `'use strict';${await bundle(worker)}`
  const script = await bundle(frame, { HARNESS: JSON.stringify(harness) })
  const inert = script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')
  return inert.trim()
}

/** Into portal/dist, after whatever else makes that folder. */
export async function buildSandbox(): Promise<void> {
  await mkdir(at('dist'), { recursive: true })
  await writeFile(at('dist/sandbox-frame.js'), await sandboxScript())
}
