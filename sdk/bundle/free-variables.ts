import type { AnyNode } from 'acorn'
import { analyze } from 'periscopic'
import { BundleError, type Place } from './bundle-error.ts'
import type { Findings } from './inspect.ts'

/** Parts of `new.target`, which periscopic takes for names, and the name that `inspect` resolves. */
const NOT_NAMES: readonly string[] = ['new', 'arguments']

/** The names that the tree uses and neither declares nor may use, with the offset of their first use, in the order of these. */
export function freeVariables(node: AnyNode, findings: Findings, allowedGlobals: readonly string[]): Map<string, number> {
  const statement = { type: 'ExpressionStatement', expression: node } as unknown as Parameters<typeof analyze>[0]
  const allowed = new Set([...allowedGlobals, ...NOT_NAMES])
  const offsets = new Map(findings.outer)
  for (const [name, reference] of analyze(statement).globals) {
    if (!allowed.has(name)) offsets.set(name, (reference as unknown as AnyNode).start)
  }
  return new Map([...offsets].sort(([, a], [, b]) => a - b))
}

/** Names that are known to be missing, and why. */
const MISSING: Readonly<Record<string, readonly string[]>> = {
  'there is no network; put the data into the inputs': ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'navigator'],
  'there are no timers; `await ctx.tick()` yields': ['setTimeout', 'setInterval', 'setImmediate', 'requestAnimationFrame'],
  'there is no real clock': ['performance', 'Temporal'],
  'there is no Node': ['process', 'require', 'module', 'exports', 'Buffer', 'global', '__dirname', '__filename'],
  'there is no page': ['window', 'document', 'localStorage', 'sessionStorage', 'location', 'postMessage', 'Worker', 'importScripts'],
  'text is never compiled': ['eval'],
  'there are no shared threads': ['SharedArrayBuffer'],
}
const OUTER: readonly string[] = ['this', 'arguments', 'super']
/** What esbuild, Vite, Vitest and webpack write for a name that a file imports. */
const IMPORTED = /^(import_\w+|__vi_import_\d+__|__vite_ssr_import_\d+__|\w+__WEBPACK_IMPORTED_MODULE_\d+__)$/
/** What transpilers call functions of their own, which stand outside the one that is sent. */
const TRANSPILED = /^(__[a-z]\w*|_(async_to_generator|class_private_\w+|define_property|object_spread\w*))$/i

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ')

/** What is sent when a name is missing in it. */
export type Shipped = 'function' | 'expression' | 'code' | 'object' | 'class'

/** Says which names, why they are missing, and what to do. */
export function freeVariableError(kind: Shipped, variables: readonly string[], ownName?: string, at?: Place): BundleError {
  const known = new Set([...Object.values(MISSING).flat(), ...OUTER])
  const unknown = variables.filter((name) => !known.has(name))
  const imported = unknown.filter((name) => IMPORTED.test(name))
  const transpiled = unknown.filter((name) => !imported.includes(name) && TRANSPILED.test(name))
  const declared = unknown.filter((name) => !imported.includes(name) && !transpiled.includes(name))
  const sentences: string[] = []
  if (declared.length > 0) sentences.push(declaredSentence(kind, declared))
  if (ownName && declared.includes(ownName)) sentences.push(`To call itself, write it as \`function ${ownName}(…) { … }\`.`)
  if (imported.length > 0) {
    const module = "workModule(new URL('./work.ts', import.meta.url))"
    sentences.push(
      `${list(imported)} is what the loader made of an import, and imports stay with their file: put the code into a module and give ${module}.`,
    )
  }
  if (transpiled.length > 0)
    sentences.push(`${list(transpiled)} is of the transpiler and not of the ${kind}, and is not sent: let it write for es2022 or newer.`)
  const outer = variables.filter((name) => OUTER.includes(name))
  if (outer.length > 0)
    sentences.push(`${list(outer)} would be that of the code around it, which is not sent: pass what you need of it in the inputs.`)
  for (const [reason, names] of Object.entries(MISSING)) {
    const missing = variables.filter((name) => names.includes(name))
    if (missing.length > 0) sentences.push(`${list(missing)} cannot be used where it runs: ${reason}.`)
  }
  return new BundleError('free-variable', sentences.join(' '), { variables, ...(at === undefined ? {} : { at }) })
}

function declaredSentence(kind: Shipped, names: readonly string[]): string {
  const them = names.length > 1 ? 'them' : 'it'
  const advice = `declare ${them} inside, name ${them} in \`vars\`, or make ${them} part of each input`
  return `The ${kind} uses ${list(names)} from outside itself, but only its own text is sent: ${advice}.`
}
