/** A file as one value: its default export, or that of its last statement. */
import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AnyNode, Program } from 'acorn'
import { type Loader, transform } from 'esbuild'
import { BundleError, placeOf } from '../bundle/bundle-error.ts'
import { functionOf, parseStatements } from '../bundle/statements.ts'
import type { Vars } from '../bundle/vars.ts'
import { bundleSource } from '../bundle.ts'
import { BadArgument } from '../errors.ts'
import { buildBundle } from './build-bundle.ts'

const TYPED: readonly string[] = ['.ts', '.mts', '.cts']
const KNOWN: readonly string[] = [...TYPED, '.js', '.mjs']

/** @throws BundleError, and BadArgument when it cannot be read or has another ending */
export async function bundleFile(given: string | URL, vars?: Vars): Promise<string> {
  const path = resolve(given instanceof URL || given.startsWith('file:') ? fileURLToPath(given) : given)
  if (!KNOWN.includes(extname(path))) throw new BadArgument(`Expected a file that ends in ${KNOWN.join(', ')}, got ${path}.`)
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new BadArgument(`Expected ${path} to be a file that can be read: ${error.message}.`, error)
  })
  const source = (await withoutTypes(path, text)).replace(/^#!/, '//')
  const program = parsed(path, source)
  const exported = program.body.filter(({ type }) => type.startsWith('Export'))
  if (exported.length > 0) return bundleDefault(path, source, exported, vars)
  const imports = program.body.filter(({ type }) => type === 'ImportDeclaration')
  if (imports.length === 0) return named(path, () => bundleSource(source, vars))
  const heads = imports.map(({ start, end }) => `${source.slice(start, end)}\n`).join('')
  const contents = `${heads}export const work = ${functionOf(source, program, imports)}\n`
  return buildBundle(path, dirname(path), { stdin: { contents, sourcefile: basename(path), resolveDir: dirname(path) } }, vars)
}

async function withoutTypes(path: string, text: string): Promise<string> {
  if (!TYPED.includes(extname(path))) return text
  const options = {
    loader: 'ts' as Loader,
    target: 'es2022',
    charset: 'utf8',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  } as const
  const { code } = await transform(text, { ...options, sourcefile: basename(path) }).catch((error: Error) => {
    throw new BadArgument(`Expected ${path} to be TypeScript: ${error.message}`, error)
  })
  return code
}

const parsed = (path: string, source: string): Program => named(path, () => parseStatements(source))

/** What `make` gives; what it throws names the file. */
function named<Made>(path: string, make: () => Made): Made {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof BundleError)) throw error
    const { code, message, variables, line, column } = error
    const at = line === undefined || column === undefined ? {} : { at: { line, column } }
    throw new BundleError(code, `${basename(path)}${line === undefined ? '' : `:${line}:${column}`}: ${message}`, {
      variables,
      ...at,
      file: path,
    })
  }
}

function bundleDefault(path: string, source: string, exported: readonly AnyNode[], vars?: Vars): Promise<string> {
  const isDefault = (node: AnyNode) =>
    node.type === 'ExportDefaultDeclaration' ||
    (node.type === 'ExportNamedDeclaration' && node.specifiers.some(({ exported }) => 'name' in exported && exported.name === 'default'))
  if (!exported.some(isDefault)) {
    const at = placeOf(source, exported[0]!.start)
    throw new BundleError(
      'shape',
      `Expected ${basename(path)} to have a default export, or to export nothing; write \`export default\` before its value.`,
      { at, file: path },
    )
  }
  const contents = `import value from './${basename(path)}'
export const work = async (input, context) => (typeof value === 'function' ? value(input, context) : value)
`
  return buildBundle(path, dirname(path), { stdin: { contents, sourcefile: 'eval-file.js', resolveDir: dirname(path) } }, vars)
}
