/** What a program of the researcher's needs of whoever runs it. */
import { readFile } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { type AnyNode, parse } from 'acorn'
import { type TransformFailure as EsbuildFailure, transform } from 'esbuild'
import { analyze } from 'periscopic'
import { BadArgument } from '../errors.ts'

const KNOWN: readonly string[] = ['.ts', '.mts', '.js', '.mjs']

type TransformFailure = Error & Partial<Pick<EsbuildFailure, 'errors'>>

export interface Script {
  /** Absolute. */
  readonly path: string
  /** Whether it has a default export of its own: of a file without imports and exports Node gives an empty object for one. */
  readonly hasDefault: boolean
  /** Whether it uses a `d` that it does not declare, or has a default export, which is called with one. */
  readonly needsConnection: boolean
}

/** @throws BadArgument naming the file and what is wrong with it */
export async function readScript(file: string): Promise<Script> {
  const path = resolve(file)
  if (!KNOWN.includes(extname(path))) throw new BadArgument(`Expected a file that ends in ${KNOWN.join(', ')}, got ${path}.`)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new BadArgument(`Expected ${path} to be a file that can be read, but the system says ${error.code}.`, error)
  })
  return { path, ...needsOf(await treeOf(path, text)) }
}

async function treeOf(path: string, text: string): Promise<AnyNode> {
  const options = {
    loader: 'ts',
    format: 'esm',
    target: 'esnext',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  } as const
  try {
    const { code } = await transform(text, { ...options, sourcefile: basename(path), logLevel: 'silent' })
    return parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true })
  } catch (error) {
    throw new BadArgument(`Expected ${path} to be JavaScript or TypeScript: ${complaintOf(error as TransformFailure)}.`, error)
  }
}

/** One line of esbuild's, or acorn's own. */
function complaintOf({ errors, message }: TransformFailure): string {
  const [first] = errors ?? []
  if (first === undefined) return message
  const { text, location } = first
  return location === null ? text : `line ${location.line}, column ${location.column + 1}: ${text}`
}

function needsOf(program: AnyNode): Omit<Script, 'path'> {
  const body = (program as { body?: readonly AnyNode[] }).body ?? []
  const hasDefault = body.some(
    (part) =>
      part.type === 'ExportDefaultDeclaration' ||
      (part.type === 'ExportNamedDeclaration' && part.specifiers.some(({ exported }) => 'name' in exported && exported.name === 'default')),
  )
  const usesConnection = analyze(program as unknown as Parameters<typeof analyze>[0]).globals.has('d')
  return { hasDefault, needsConnection: hasDefault || usesConnection }
}
