import type { AnyNode } from 'acorn'
import { analyze } from 'periscopic'
import { BundleError } from './bundle-error.ts'
import type { Findings } from './inspect.ts'

/** Parts of `new.target`, which periscopic takes for names, and the name that `inspect` resolves. */
const NOT_NAMES: readonly string[] = ['new', 'arguments']

/** The names that the tree uses and neither declares nor may use, in the order of their first use. */
export function freeVariables(node: AnyNode, findings: Findings, allowedGlobals: readonly string[]): string[] {
  const statement = { type: 'ExpressionStatement', expression: node } as unknown as Parameters<typeof analyze>[0]
  const allowed = new Set([...allowedGlobals, ...NOT_NAMES])
  const offsets = new Map(findings.outer)
  for (const [name, reference] of analyze(statement).globals) {
    if (!allowed.has(name)) offsets.set(name, (reference as unknown as AnyNode).start)
  }
  return [...offsets].sort(([, a], [, b]) => a - b).map(([name]) => name)
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

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ')

/** Says which names, why they are missing, and what to do. */
export function freeVariableError(kind: 'function' | 'expression', variables: readonly string[], ownName?: string): BundleError {
  const known = new Set([...Object.values(MISSING).flat(), ...OUTER])
  const declared = variables.filter((name) => !known.has(name))
  const sentences: string[] = []
  if (declared.length > 0) {
    const them = declared.length > 1 ? 'them' : 'it'
    sentences.push(
      `The ${kind} uses ${list(declared)} from outside itself, but only its own text is sent: declare ${them} inside, or make ${them} part of each input.`,
    )
  }
  if (ownName && declared.includes(ownName)) sentences.push(`To call itself, write it as \`function ${ownName}(…) { … }\`.`)
  const outer = variables.filter((name) => OUTER.includes(name))
  if (outer.length > 0)
    sentences.push(`${list(outer)} would be that of the code around it, which is not sent: pass what you need of it in the inputs.`)
  for (const [reason, names] of Object.entries(MISSING)) {
    const missing = variables.filter((name) => names.includes(name))
    if (missing.length > 0) sentences.push(`${list(missing)} cannot be used where it runs: ${reason}.`)
  }
  return new BundleError('free-variable', sentences.join(' '), { variables })
}
