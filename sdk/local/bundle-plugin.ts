/** What a module of a job may import: what becomes part of the bundle, and nothing that would be looked for where it runs. */
import { isBuiltin } from 'node:module'
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'
import { MATH_NAMES } from '../sandbox-globals.ts'

/** How files are imported that are no code. */
export const LOADERS = { '.wasm': 'binary', '.bin': 'binary', '.dat': 'binary', '.txt': 'text', '.csv': 'text', '.md': 'text' } as const

const MATH = 'dsage-math'
/** The realm has them: a call that is marked pure disappears where its name is not imported. */
const MATH_MODULE = MATH_NAMES.map((name) => `export const ${name} = /* @__PURE__ */ (() => globalThis.${name})()\n`).join('')
const LOOKED_FOR = 'dsage: looked for'

/** Marks errors of this file among those of esbuild. */
export const REFUSED = 'dsage: refused'
const refused = (text: string): OnResolveResult => ({ errors: [{ text, detail: REFUSED }] })

async function resolve(
  build: PluginBuild,
  { path, kind, importer, resolveDir, pluginData }: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
  if (pluginData === LOOKED_FOR || kind === 'entry-point') return undefined
  if (path === 'dsage/math') return { path, namespace: MATH }
  if (path === 'dsage')
    return refused(
      '`dsage` is for the computer of the researcher; where a job runs there is `dsage/math`, and types come by `import type`.',
    )
  if (/^(https?:)?\/\//.test(path))
    return refused(`${path} is on the network, which a job does not reach; install the package, or save the file beside this one.`)
  if (!isBuiltin(path)) return undefined
  // Packages may be called as modules of Node are, and be made for everywhere.
  const found = path.startsWith('node:') ? undefined : await build.resolve(path, { kind, importer, resolveDir, pluginData: LOOKED_FOR })
  if (found !== undefined && found.errors.length === 0 && !found.external) return { path: found.path, sideEffects: found.sideEffects }
  return refused(
    `\`${path}\` is of Node, and a job runs without Node; put data into the inputs or import it, or take a package made for browsers.`,
  )
}

export const sandboxImports: Plugin = {
  name: 'sandbox-imports',
  setup(build) {
    build.onResolve({ filter: /./ }, (request) => resolve(build, request))
    build.onLoad({ filter: /./, namespace: MATH }, () => ({ contents: MATH_MODULE, loader: 'js' }))
  },
}
