import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { HeadlessThread } from './thread.ts'

/**
 * The harness and all it imports as one classic script whose value is a function `(verb, …arguments)`. It is made by whoever starts the
 * sandbox, so that the process that runs strangers' code needs no bundler and no file of ours but its own.
 */
export async function bundleHarness(): Promise<string> {
  const entry = fileURLToPath(new URL(`../sandbox/harness${extname(import.meta.url)}`, import.meta.url))
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'harness',
    target: 'es2024',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
  })
  return `'use strict'; (() => { ${outputFiles[0]!.text}
const realm = harness.installHarness(); return (verb, a, b, c, d, e, f, g) => realm[verb](a, b, c, d, e, f, g) })()`
}

export interface HeadlessOptions {
  /** Told, in a sentence for the owner of this machine, when a sandbox process does not start or dies. @default console.error */
  readonly complain?: (sentence: string) => void
}

/** A maker of threads that run units in processes of their own. The harness is bundled once, at this call. */
export function headlessThreads({ complain = console.error }: HeadlessOptions = {}): () => HeadlessThread {
  const harness = bundleHarness().then((text) => new TextEncoder().encode(text))
  harness.catch(() => {})
  return () => new HeadlessThread(harness, complain)
}
