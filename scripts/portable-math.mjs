// Writes the library behind the sandbox's Math as one file, so that the harness and the package hold what it needs of nearly two hundred small ones.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Functions of Math that the standard leaves to the engine, and what the library calls them where that differs. */
const NAMES = [
  ...['acos', 'acosh', 'asin', 'asinh', 'atan', 'atan2', 'atanh', 'cbrt', 'cos', 'cosh', 'exp', 'expm1'],
  ...['log', 'log10', 'log1p', 'log2', 'pow', 'sin', 'sinh', 'tan', 'tanh'],
]
const PACKAGES = { log: 'ln' }
const SHELL = '// Made by scripts/portable-math.mjs. Contains @stdlib/math-base-special-*, © The Stdlib Authors, Apache License 2.0.'

/** Each function is loaded when it is asked for: a realm that needs none pays for none. */
const entry = () => {
  const loaders = NAMES.map((name) => `  ${name}: () => require('@stdlib/math-base-special-${PACKAGES[name] ?? name}'),`)
  return `export const loaders = {\n${loaders.join('\n')}\n}\n`
}

/** @param file where it is written, ending in .js; its types stand beside it */
export async function writePortableMath(file) {
  const { build } = await import('esbuild')
  await build({
    stdin: { contents: entry(), resolveDir: root, sourcefile: 'portable-math.js' },
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['main'],
    target: 'es2024',
    charset: 'utf8',
    legalComments: 'none',
    banner: { js: SHELL },
    logLevel: 'warning',
  })
  const names = NAMES.map((name) => `'${name}'`).join(' | ')
  const types = `${SHELL}\nexport const loaders: Readonly<Record<${names}, () => (x: number, y: number) => number>>\n`
  writeFileSync(file.replace(/js$/, 'd.ts'), types)
}
