import ts from 'typescript'
import { AREAS, areaOf, BROWSER_PACKAGES, MAY_IMPORT, OUTSIDE } from './import-directions.ts'
import { type Import, importsOf, nodesOf, place, type Source, treeOf } from './sources.ts'

/** A rule: the places that break it, each a line to read. */
export type Check = (sources: readonly Source[]) => string[]

const isProgram = ({ path }: Source) => areaOf(path) !== OUTSIDE
const each =
  (wanted: (source: Source) => boolean, broken: (source: Source) => string[]): Check =>
  (sources) =>
    sources.filter(wanted).flatMap(broken)

function directionBroken(from: string, { target = '', typeOnly }: Import): boolean {
  const to = areaOf(target)
  if (from === to || from === OUTSIDE) return false
  const allowed = MAY_IMPORT[from] ?? []
  return !allowed.includes(to) && !(typeOnly && allowed.includes(`types:${to}`))
}

export const importDirections: Check = each(
  () => true,
  (source) => {
    const from = areaOf(source.path)
    const broken = importsOf(source).filter((one) => one.target !== undefined && directionBroken(from, one))
    return broken.map(({ target = '', node }) => `${place(source, node)} (${from}) imports ${target} (${areaOf(target)})`)
  },
)

/** Files outside every area would escape the table. */
export const everyFileHasAnArea: Check = each(
  ({ path }) => areaOf(path) === 'unknown',
  ({ path }) => [`${path} is in no area of ${AREAS.length}`],
)

export const importsNameTheirFile: Check = each(
  () => true,
  (source) =>
    importsOf(source)
      .filter(({ target }) => target !== undefined && !/\.(ts|mjs|js|svelte|json|css|svg|wasm)$/.test(target))
      .map(({ specifier, node }) => `${place(source, node)} imports ${specifier}: name the file with its ending`),
)

/** Walks what runs (not what is only typed) from `sdk/browser.ts` and reports what a browser cannot load. */
export const browserEntryIsPure: Check = (sources) => {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const entry = 'sdk/browser.ts'
  if (!byPath.has(entry)) return [`${entry} is missing`]
  const reached = new Map<string, string>([[entry, entry]])
  const broken: string[] = []
  for (const [path, way] of reached) {
    const source = byPath.get(path)
    for (const { specifier, target, typeOnly } of source ? importsOf(source) : []) {
      if (typeOnly) continue
      if (target) reached.set(target, reached.get(target) ?? `${way} -> ${target}`)
      else if (!BROWSER_PACKAGES.includes(specifier)) broken.push(`${way} -> ${specifier}`)
    }
  }
  return broken
}

const linesOf = (text: string) => text.trimEnd().split('\n').length
const isCapped = (source: Source) => isProgram(source) || /^(scripts|bin)\//.test(source.path)

export const filesAreShort: Check = each(isCapped, ({ path, text }) =>
  linesOf(text) > 300 ? [`${path} has ${linesOf(text)} lines, at most 300`] : [],
)

/** A page or component that is longer does more than one thing. */
export const componentsAreShort: Check = each(
  ({ path }) => path.endsWith('.svelte'),
  ({ path, text }) => {
    const most = /^portal\/pages\//.test(path) ? 150 : 80
    return linesOf(text) > most ? [`${path} has ${linesOf(text)} lines, at most ${most}`] : []
  },
)

/** The value below or at which the given share of the numbers lies. */
function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}

export const medianFileIsShort: Check = (sources) => {
  const median = quantile(
    sources.filter(isCapped).map(({ text }) => linesOf(text)),
    0.5,
  )
  return median > 90 ? [`the median file has ${median} lines, at most 90`] : []
}

function functionsOf(source: Source): { place: string; name: string; lines: number }[] {
  const tree = treeOf(source)
  const line = (position: number) => tree.getLineAndCharacterOfPosition(position).line
  return nodesOf(source).flatMap((node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return []
    const name = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined)
    const lines = line(node.getEnd()) - line(node.getStart(tree)) + 1
    return [{ place: place(source, node), name: name?.getText(tree) ?? 'a function', lines }]
  })
}

export const functionsAreShort: Check = each(isCapped, (source) =>
  functionsOf(source)
    .filter(({ lines }) => lines > 50)
    .map(({ place, name, lines }) => `${place} ${name} has ${lines} lines, at most 50`),
)

export const mostFunctionsAreShort: Check = (sources) => {
  const p90 = quantile(
    sources.filter(isCapped).flatMap((source) => functionsOf(source).map(({ lines }) => lines)),
    0.9,
  )
  return p90 > 30 ? [`a tenth of the functions have more than ${p90} lines, at most 30`] : []
}

const VAGUE = ['util', 'utils', 'helper', 'helpers', 'common', 'manager', 'managers', 'misc']
export const namesSayWhatIsInside: Check = each(
  () => true,
  ({ path }) => {
    const words = path.split(/[/.\-_]/)
    const vague = words.find((word) => VAGUE.includes(word.toLowerCase()))
    const hub = /(^|\/)types\.ts$/.test(path)
    return vague || hub ? [`${path}: name it after its one export, not "${vague ?? 'types'}"`] : []
  },
)

const OTHER_NOUNS = /^(task|chunk|host|subtask|assignment)s?$/i
/** HTTP's own header `Host`, the host of an address, and lists of them are not what the vocabulary forbids. */
const HTTP_HOST = /^(server\/(transport|config|app|main)|sdk\/(local|cli)\/)/

function exportedNames(source: Source): ts.Node[] {
  const isExported = (node: ts.Node) =>
    ts.canHaveModifiers(node) && ts.getModifiers(node)?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword)
  const namesOf = (node: ts.Node): ts.Node[] => {
    if (ts.isVariableStatement(node)) return node.declarationList.declarations.map(({ name }) => name)
    const own = ts.isDeclarationStatement(node) && node.name ? [node.name] : []
    const hasMembers = ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node)
    return hasMembers ? [...own, ...node.members.flatMap(({ name }) => (name && !ts.isPrivateIdentifier(name) ? [name] : []))] : own
  }
  const listed = nodesOf(source).flatMap((node) => (ts.isExportSpecifier(node) ? [node.name] : []))
  return [...treeOf(source).statements.filter(isExported).flatMap(namesOf), ...listed]
}

export const vocabularyIsKept: Check = each(isProgram, (source) =>
  exportedNames(source).flatMap((name) => {
    const text = name.getText(treeOf(source))
    const wrong = text.split(/(?=[A-Z])|[^A-Za-z]+/).find((word) => OTHER_NOUNS.test(word))
    const allowed = wrong && /^hosts?$/i.test(wrong) && HTTP_HOST.test(source.path)
    return wrong && !allowed ? [`${place(source, name)} exports ${text}: "${wrong}" is not of the vocabulary`] : []
  }),
)

/**
 * `server/main.ts` is the server's only reader of the environment. Programs of their own read theirs: the command, the launcher and
 * the headless worker's main file. Scripts and tests are no part of the program.
 */
const READS_ENVIRONMENT = /^(server\/main\.ts$|sdk\/(local|cli)\/|web-worker-client\/headless\/main\.ts$)/
export const environmentIsReadOnce: Check = each(
  (source) => isProgram(source) && !READS_ENVIRONMENT.test(source.path),
  (source) =>
    nodesOf(source)
      .filter((node) => {
        if (ts.isPropertyAccessExpression(node))
          return node.name.text === 'env' && /^(globalThis\.)?process$/.test(node.expression.getText())
        return (
          ts.isImportSpecifier(node) &&
          (node.propertyName ?? node.name).text === 'env' &&
          /process/.test(node.parent.parent.parent.getText())
        )
      })
      .map((node) => `${place(source, node)} reads the environment`),
)

const IMPURE = /^(Date\.now|Math\.random|performance\.now|setTimeout|setInterval|setImmediate|queueMicrotask|fetch|crypto\.\w+)$/
export const coreIsPure: Check = each(
  ({ path }) => areaOf(path) === 'core',
  (source) => [
    ...nodesOf(source)
      .filter((node) => {
        if (ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AsyncKeyword || node.kind === ts.SyntaxKind.AwaitKeyword) return true
        if (ts.isCallExpression(node)) return IMPURE.test(node.expression.getText())
        return (
          ts.isNewExpression(node) &&
          (node.expression.getText() === 'Promise' || (node.expression.getText() === 'Date' && !node.arguments?.length))
        )
      })
      .map((node) => `${place(source, node)} waits, or asks clock, chance or the world: ${node.getText().slice(0, 40)}`),
    ...importsOf(source)
      .filter(({ target }) => target === undefined)
      .map(({ specifier, node }) => `${place(source, node)} imports ${specifier}`),
  ],
)

export const typesAreChecked: Check = each(
  () => true,
  (source) => [
    ...nodesOf(source)
      .filter((node) => node.kind === ts.SyntaxKind.AnyKeyword)
      .map((node) => `${place(source, node)} says any`),
    ...source.text
      .split('\n')
      .flatMap((line, index) =>
        /^\s*(\/\/|\/?\*).*@ts-(ignore|nocheck)/.test(line) ? [`${source.path}:${index + 1} switches the checker off`] : [],
      ),
  ],
)
