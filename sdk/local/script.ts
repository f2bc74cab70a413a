/** What a program of the researcher's needs of whoever runs it. */
import { readFile } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { type AnyNode, parse } from 'acorn'
import { transform } from 'esbuild'
import { analyze } from 'periscopic'
import { BadArgument } from '../errors.ts'

const KNOWN: readonly string[] = ['.ts', '.mts', '.js', '.mjs']

export interface Script {
  /** Absolute. */
  readonly path: string
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
  return { path, needsConnection: needsConnection(await treeOf(path, text)) }
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
    throw new BadArgument(`Expected ${path} to be JavaScript or TypeScript: ${(error as Error).message}`, error)
  }
}

function needsConnection(program: AnyNode): boolean {
  const body = (program as { body?: readonly AnyNode[] }).body ?? []
  const hasDefault = body.some(
    (part) =>
      part.type === 'ExportDefaultDeclaration' ||
      (part.type === 'ExportNamedDeclaration' && part.specifiers.some(({ exported }) => 'name' in exported && exported.name === 'default')),
  )
  return hasDefault || analyze(program as unknown as Parameters<typeof analyze>[0]).globals.has('d')
}
