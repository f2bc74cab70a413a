/** From an expression for what is sent to the text of a module. */
import type { AnyNode } from 'acorn'
import { SANDBOX_GLOBALS } from '../sandbox-globals.ts'
import { BundleError, placeOf } from './bundle-error.ts'
import { freeVariableError, freeVariables, type Shipped } from './free-variables.ts'
import { type Findings, inspect } from './inspect.ts'
import { declareVars, requireRoom, type Vars } from './vars.ts'

export interface ShipOptions {
  /** Names it may use without declaring them. @default SANDBOX_GLOBALS */
  readonly globals?: readonly string[]
  readonly vars?: Vars | undefined
}

/** tsx and esbuild wrap inner functions and classes in a call of this name, which they define outside. */
const KEEP_NAMES = '__name'

/** What is sent, parsed. */
export interface Parsed {
  readonly node: AnyNode
  /** Where in its tree the source begins. */
  readonly offset?: number
  /** Where in all that is sent it begins. @default 0 */
  readonly start?: number
}

interface Source {
  readonly kind: Shipped
  readonly source: string
  readonly ownName?: string | undefined
  /** Whether it runs for many inputs, of which none may see what another changed. */
  readonly repeats: boolean
}

/** Lines to stand before the code: the variables it uses. @throws BundleError `free-variable`, `import`, `vars` */
export function surroundings(
  parsed: readonly Parsed[],
  { kind, source, ownName, repeats }: Source,
  options: ShipOptions,
): { text: string; findings: Findings[] } {
  const findings = parsed.map(({ node }) => inspect(node))
  if (kind === 'expression' || kind === 'code') refusePowers(source, findings)
  const free = new Map<string, number>()
  parsed.forEach(({ node, offset = 0, start = 0 }, index) => {
    for (const [name, at] of freeVariables(node, findings[index]!, options.globals ?? SANDBOX_GLOBALS))
      if (!free.has(name)) free.set(name, at - offset + start)
  })
  // A variable may hide a name of the realm, so all names count as used that occur.
  const hiding = Object.keys(options.vars ?? {}).filter((name) => source.includes(name))
  const declared = declareVars(options.vars, hiding, repeats)
  const missing = [...free].filter(([name]) => name !== KEEP_NAMES && !declared.names.includes(name))
  if (missing.length > 0) {
    const names = missing.map(([name]) => name)
    throw freeVariableError(kind, names, ownName, placeOf(source, Math.max(0, missing[0]![1])))
  }
  const keepNames = free.has(KEEP_NAMES) && !declared.names.includes(KEEP_NAMES) ? `const ${KEEP_NAMES} = (target) => target\n` : ''
  return { text: keepNames + declared.text, findings }
}

function refusePowers(source: string, findings: readonly Findings[]): void {
  const xor = findings.find((one) => one.xor !== undefined)?.xor
  if (xor === undefined) return
  const at = placeOf(source, source.indexOf('^', xor))
  const sentence = '`^` is XOR in JavaScript: write `2n ** 360n - 1n`, or use d.math'
  throw new BundleError('notation', `${sentence} (line ${at.line}, column ${at.column}).`, { at })
}

/** @throws BundleError `too-large` */
export function exportWork(before: string, expression: string): string {
  const text =
    before === '' ? `export const work = ${expression}\n` : `${before}const dsage$work = ${expression}\nexport { dsage$work as work }\n`
  requireRoom(text)
  return text
}
