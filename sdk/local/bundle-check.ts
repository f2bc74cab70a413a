/** What esbuild leaves in a bundle that cannot run in the sandbox, found in the text itself and told by the researcher's own file and line. */
import { SourceMap } from 'node:module'
import type { AnyNode, Program } from 'acorn'
import { BundleError, placeOf } from '../bundle/bundle-error.ts'
import { freeVariableError } from '../bundle/free-variables.ts'
import { undeclared } from '../bundle/module.ts'

/** A bundle and where it came from. */
export interface Built {
  readonly text: string
  /** Source map, JSON. */
  readonly map: string
  /** Folder that the map's sources are relative to, with a slash at its end. */
  readonly folder: string
}

const isNode = (value: unknown): value is AnyNode => typeof (value as { type?: unknown } | null)?.type === 'string'

/** Every node below `root`. */
export function* nodesOf(root: AnyNode): Generator<AnyNode, void, void> {
  const stack: AnyNode[] = [root]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield node
    for (const value of Object.values(node).flat()) if (isNode(value)) stack.push(value)
  }
}

/** What a node does that needs something from outside the bundle. */
function outsideOf(node: AnyNode): string | undefined {
  if (node.type === 'ImportExpression') return 'import() of a computed name'
  if (node.type === 'MetaProperty' && node.meta.name === 'import') return 'import.meta'
  if (node.type === 'CallExpression' && node.callee.type === 'Identifier' && node.callee.name === '__require')
    return 'require() of a computed name'
  return undefined
}

class Origins {
  readonly #map: SourceMap
  readonly #built: Built

  constructor(built: Built) {
    this.#map = new SourceMap(JSON.parse(built.map))
    this.#built = built
  }

  /** The place in the source that became this place of the bundle. */
  of({ start }: AnyNode): { readonly file: string; readonly line: number; readonly column: number } {
    const { line, column } = placeOf(this.#built.text, start)
    const origin = this.#map.findEntry(line - 1, column - 1)
    if (!('originalSource' in origin)) return { file: 'bundle', line, column }
    return { file: origin.originalSource, line: origin.originalLine + 1, column: origin.originalColumn + 1 }
  }
}

const isOfPackage = (file: string): boolean => file.includes('node_modules/')

/**
 * Refuses what would load code, and, in the researcher's own files, names that are not there where it runs: packages ask for such names to find out where
 * they are, and their authors know what they do without.
 * @throws BundleError `import`, `free-variable`, with `file`, `line` and `column`
 */
export function checkBundle(program: Program, built: Built, given: readonly string[]): void {
  const origins = new Origins(built)
  for (const node of nodesOf(program)) {
    const what = outsideOf(node)
    if (what === undefined) continue
    const { file, ...at } = origins.of(node)
    if (what === 'import.meta' && isOfPackage(file)) continue
    const advice = 'the sandbox loads nothing: import it by its name, data too (.wasm, .bin, .txt, .json)'
    throw new BundleError('import', `${file}:${at.line}:${at.column}: got ${what}, but ${advice}.`, { at, file })
  }
  for (const [name, node] of undeclared(program)) {
    if (given.includes(name)) continue
    const { file, ...at } = origins.of(node)
    if (file === 'bundle' || isOfPackage(file)) continue
    const { message, variables } = freeVariableError('code', [name])
    throw new BundleError('free-variable', `${file}:${at.line}:${at.column}: ${message}`, { variables, at, file })
  }
}
