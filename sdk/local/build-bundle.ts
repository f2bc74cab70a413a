/**
 * Code and all it imports as one ES module text. Deterministic and not minified: the text is what gets approved and what devices agree on, so
 * it must be readable and the same on every machine. Paths in its comments are relative to the module or to the folder of packages, never to the machine.
 */
import { type Comment, type Program, parse } from 'acorn'
import { type BuildOptions, build, type Message, type Metafile } from 'esbuild'
import { BundleError } from '../bundle/bundle-error.ts'
import { declareInModule } from '../bundle/module.ts'
import { keepSourceMap } from '../bundle/source-maps.ts'
import { namesOf, type Vars } from '../bundle/vars.ts'
import { BadArgument } from '../errors.ts'
import { LIMITS } from '../protocol.ts'
import { checkBundle, nodesOf } from './bundle-check.ts'
import { LOADERS, REFUSED, sandboxImports } from './bundle-plugin.ts'

const OPTIONS = {
  bundle: true,
  write: false,
  metafile: true,
  sourcemap: 'external',
  sourcesContent: false,
  outfile: 'bundle.js',
  format: 'esm',
  platform: 'neutral',
  mainFields: ['browser', 'module', 'main'],
  conditions: ['browser'],
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: LOADERS,
  plugins: [sandboxImports],
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'silent',
  // What the machine's own configuration says must not change the text.
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
} as const satisfies BuildOptions

/** What is bundled: a file, or a text that stands for one. */
export type Entry = { readonly entryPoints: string[] } | { readonly stdin: { contents: string; sourcefile: string; resolveDir: string } }

/**
 * The bundle of `entry`, whose files are in `folder`, with the `vars` it uses.
 * @param name what errors call it. @throws BundleError `import`, `free-variable`, `too-large`, `vars`; BadArgument on what cannot be bundled or exports no `work`
 */
export async function buildBundle(name: string, folder: string, entry: Entry, vars?: Vars): Promise<string> {
  const result = await build({ ...OPTIONS, ...entry, absWorkingDir: folder }).catch((error: Error & { errors?: Message[] }) => {
    throw refusalOf(name, error)
  })
  const [outputName = '', output] = Object.entries(result.metafile.outputs).find(([path]) => path.endsWith('.js')) ?? []
  const { exports: exported = [], inputs = {} } = output ?? {}
  if (!exported.includes('work'))
    throw new BadArgument(`Expected ${name} to export \`work\`, it exports ${exported.join(', ') || 'nothing'}.`)
  const textOf = (ending: string) => result.outputFiles.find(({ path }) => path.endsWith(ending))!.text
  const text = textOf(outputName)
  requireRoom(name, text, inputs)
  const comments: Comment[] = []
  const program = parse(text, { ecmaVersion: 'latest', sourceType: 'module', onComment: comments })
  checkBundle(program, { text, map: textOf('.map'), folder }, namesOf(vars))
  const code = withPackagePaths(text, program, comments)
  const shipped = declareInModule(code, vars)
  // What vars put before the code moves its lines.
  if (shipped === code) keepSourceMap(code, textOf('.map'))
  return shipped
}

const isRefused = ({ detail }: Message): boolean => detail === REFUSED

function refusalOf(name: string, error: Error & { readonly errors?: readonly Message[] }): Error {
  const first = error.errors?.find(isRefused) ?? error.errors?.[0]
  if (first === undefined) return new BadArgument(`Expected ${name} to be a module that can be bundled: ${error.message}`, error)
  const { text, location } = first
  const place = location === null ? name : `${location.file}:${location.line}:${location.column + 1}`
  const at = location === null ? {} : { at: { line: location.line, column: location.column + 1 }, file: location.file }
  if (isRefused(first)) return new BundleError('import', `${place}: ${text}`, at)
  const known = /No loader is configured/.test(text) ? ` Data is imported from ${Object.keys(LOADERS).join(' ')} and .json.` : ''
  return new BadArgument(`Expected ${name} to be a module that can be bundled: ${place}: ${text}${known}`, error)
}

function requireRoom(name: string, text: string, inputs: Metafile['outputs'][string]['inputs']): void {
  const { length } = new TextEncoder().encode(text)
  if (length <= LIMITS.bundleBytes) return
  const [largest, bytes] = Object.entries(inputs)
    .map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const)
    .reduce((most, one) => (one[1] > most[1] ? one : most))
  const advice = `${largest} is ${bytes} of them; give large data as inputs, of at most 1 MiB each`
  throw new BundleError(
    'too-large',
    `Expected the bundle of ${name} to have at most ${LIMITS.bundleBytes} bytes, it has ${length}: ${advice}.`,
  )
}

/** How deep a module lies in its project must not show: `../../node_modules/…` becomes `node_modules/…`, in comments and in names of CommonJS modules. */
function withPackagePaths(text: string, program: Program, comments: readonly Comment[]): string {
  const starts: number[] = []
  const inText = /^\.\.\/(\.\.\/)*(?=node_modules\/)/
  for (const { type, value, start } of comments) if (type === 'Line' && inText.test(value.trimStart())) starts.push(start + 3)
  for (const node of nodesOf(program)) {
    if (node.type === 'Property' && node.method && node.key.type === 'Literal' && inText.test(String(node.key.value)))
      starts.push(node.key.start + 1)
  }
  let shown = ''
  let at = 0
  for (const start of starts.sort((a, b) => a - b)) {
    shown += text.slice(at, start)
    at = start + (inText.exec(text.slice(start, start + 1000))?.[0].length ?? 0)
  }
  return shown + text.slice(at)
}
