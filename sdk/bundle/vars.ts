/** `vars`: values that travel once with the code and are variables around it. */
import { parse } from 'acorn'
import { CodecError } from '../codec.ts'
import { LIMITS } from '../protocol.ts'
import { BundleError } from './bundle-error.ts'
import { literal } from './literal.ts'

/** Names and values; anything that can be an input can be a value. */
export type Vars = Readonly<Record<string, unknown>>

/** What bundles call their own variables begins so. */
const OWN = 'dsage$'

/** Lines that declare variables, to stand before the code. */
export interface Declared {
  readonly text: string
  /** The names among those asked for that the vars have. */
  readonly names: readonly string[]
}

/** A function may run for many inputs, of which none may see what another changed. */
const FREEZE = `const ${OWN}freeze = (value) => {
  const isPlain = globalThis.Array.isArray(value) || {}.toString.call(value) === "[object Object]"
  if (!isPlain || value instanceof globalThis.Rational) return value
  for (const item of globalThis.Object.values(value)) ${OWN}freeze(item)
  return globalThis.Object.freeze(value)
}
`

/** The names. @throws BundleError `vars` when one cannot be a variable, or they are no object */
export function namesOf(vars: Vars | undefined): readonly string[] {
  if (vars === undefined) return []
  if (typeof vars !== 'object' || vars === null || Array.isArray(vars) || vars instanceof Map)
    throw new BundleError('vars', `Expected \`vars\` to be an object of names and values, got ${kindOf(vars)}; write { name: value }.`)
  const names = Object.keys(vars)
  for (const name of names)
    if (!isVariable(name)) {
      const shown = JSON.stringify(name.slice(0, 60))
      throw new BundleError('vars', `Expected the names in \`vars\` to be names of variables, got ${shown}; rename it.`)
    }
  return names
}

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'an array' : value instanceof Map ? 'a Map' : value === null ? 'null' : `a ${typeof value}`

function isVariable(name: string): boolean {
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) || name === 'globalThis' || name.startsWith(OWN)) return false
  try {
    parse(`const ${name} = 0`, { ecmaVersion: 'latest', sourceType: 'module' })
    return true
  } catch {
    return false
  }
}

/** Declares those of `vars` that are `used`; frozen, arrays and objects among them cannot be changed. @throws BundleError `vars`, `too-large` */
export function declareVars(vars: Vars | undefined, used: Iterable<string>, frozen: boolean): Declared {
  const names = namesOf(vars)
  const wanted = new Set(used)
  const found = names.filter((name) => wanted.has(name)).sort()
  let text = ''
  let freezes = false
  for (const name of found) {
    const value = literalOf(name, vars![name])
    const isFrozen = frozen && /^[[{]/.test(value)
    freezes ||= isFrozen
    text += `const ${name} = ${isFrozen ? `${OWN}freeze(${value})` : value}\n`
  }
  requireRoom(text, 'Expected the values in `vars` to fit')
  return { text: freezes ? FREEZE + text : text, names: found }
}

/** @throws BundleError `vars` naming the variable and the path in it */
export function literalOf(name: string, value: unknown, owner = '`vars`'): string {
  try {
    return literal(value)
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
    throw new BundleError('vars', `\`${name}\` of ${owner} cannot travel: ${error.message}`)
  }
}

/** @throws BundleError `too-large` when the text is more than a bundle may hold */
export function requireRoom(text: string, sentence = 'Expected the code with its data to fit'): void {
  if (text.length * 3 <= LIMITS.bundleBytes) return
  const { length } = new TextEncoder().encode(text)
  if (length <= LIMITS.bundleBytes) return
  throw new BundleError(
    'too-large',
    `${sentence} into a bundle of ${LIMITS.bundleBytes} bytes, got ${length} bytes of text; give large data as inputs, of at most 1 MiB each.`,
  )
}
