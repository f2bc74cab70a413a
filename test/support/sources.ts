import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** A file of the repository; `path` from its root, with `/`. */
export interface Source {
  readonly path: string
  readonly text: string
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FOLDERS = ['sdk', 'server', 'web-worker-client', 'portal', 'scripts', 'bin', 'test', 'examples', 'deploy']
/** Not ours to shape: generated, built, installed, or programs that are data of a test. */
const SKIPPED = /(^|\/)(node_modules|generated|dist|hostile\/bundles)$/
const CODE = /(\.(ts|mjs|js|svelte)|^bin\/dsage)$/

/** Every file of code of this repository, tests among them. */
export function readSources(): Source[] {
  const found: string[] = readdirSync(ROOT).filter((name) => /^[^.].*\.ts$/.test(name))
  const visit = (folder: string) => {
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory() && !SKIPPED.test(path)) visit(path)
      else if (entry.isFile() && CODE.test(path)) found.push(path)
    }
  }
  const present = new Set(readdirSync(ROOT))
  for (const folder of FOLDERS) if (present.has(folder)) visit(folder)
  return found.sort().map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

const trees = new WeakMap<Source, ts.SourceFile>()

/** The syntax tree; of a Svelte component, of its scripts, with the lines where they stand. */
export function treeOf(source: Source): ts.SourceFile {
  const known = trees.get(source)
  if (known) return known
  const code = source.path.endsWith('.svelte') ? scriptsOf(source.text) : source.text
  const kind = source.path.endsWith('.ts') || source.path.endsWith('.svelte') ? ts.ScriptKind.TS : ts.ScriptKind.JS
  const tree = ts.createSourceFile(source.path, code, ts.ScriptTarget.Latest, true, kind)
  trees.set(source, tree)
  return tree
}

function scriptsOf(component: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, ' ')
  const parts = component.split(/(<script[^>]*>[\s\S]*?<\/script>)/)
  return parts.map((part) => (part.startsWith('<script') ? part.replace(/<script[^>]*>|<\/script>/g, blank) : blank(part))).join('')
}

/** All nodes of a file. */
export function nodesOf(source: Source): ts.Node[] {
  const nodes: ts.Node[] = []
  const visit = (node: ts.Node) => {
    nodes.push(node)
    ts.forEachChild(node, visit)
  }
  visit(treeOf(source))
  return nodes
}

/** `path:line` of a node. */
export function place(source: Source, node: ts.Node): string {
  return `${source.path}:${treeOf(source).getLineAndCharacterOfPosition(node.getStart(treeOf(source))).line + 1}`
}

export interface Import {
  readonly specifier: string
  /** The imported file from the repository's root; undefined for packages. */
  readonly target: string | undefined
  /** Erased when the file runs. */
  readonly typeOnly: boolean
  readonly node: ts.Node
}

function specifierOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0]
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal as ts.Expression
  return undefined
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  if (!ts.isImportDeclaration(node)) return false
  const clause = node.importClause
  if (!clause || clause.name) return clause?.isTypeOnly ?? false
  const named = clause.namedBindings
  const everyElement = named && ts.isNamedImports(named) && named.elements.length > 0 && named.elements.every((one) => one.isTypeOnly)
  return clause.isTypeOnly || Boolean(everyElement)
}

/** Imports, re-exports, dynamic imports and import types with a literal name. */
export function importsOf(source: Source): Import[] {
  return nodesOf(source).flatMap((node) => {
    const literal = specifierOf(node)
    if (!literal || !ts.isStringLiteralLike(literal)) return []
    const specifier = literal.text
    const target = specifier.startsWith('.') ? join(source.path, '..', specifier) : undefined
    return [{ specifier, target, typeOnly: isTypeOnly(node), node }]
  })
}
