/** Builds the portal into portal/dist: the page with its sentences, one script, one style sheet, one icon. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildSandbox } from './build-sandbox.ts'
import { page } from './catalogue.ts'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

function fillIn(template: string): string {
  const sentences: Readonly<Record<string, string>> = page
  return template.replace(/\{\{(\w+)\}\}/g, (_whole, key: string) => {
    const sentence = sentences[key]
    if (sentence === undefined) throw new Error(`Expected the catalogue to have the sentence "${key}" of index.html.`)
    return escapeHtml(sentence)
  })
}

const bundled = await build({
  entryPoints: [at('page.ts'), at('style.css')],
  outdir: at('dist'),
  write: false,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
})
const files = [
  ...bundled.outputFiles.map(({ path, contents }) => [path, contents] as const),
  [at('dist/index.html'), fillIn(await readFile(at('index.html'), 'utf8'))] as const,
  [at('dist/icon.svg'), await readFile(at('icon.svg'))] as const,
]
await rm(at('dist'), { recursive: true, force: true })
await mkdir(at('dist'), { recursive: true })
for (const [path, contents] of files) await writeFile(path, contents)
await buildSandbox()
