/**
 * What a researcher hands over, as the text of an ES module that exports `work(input, ctx)`. Only text travels, so a function that needs
 * something from around it is refused here, by name, and not hours later on a stranger's device.
 *
 * Rejected: `new Function` in a trial realm (finds a free variable only when its line runs, and browsers may forbid it).
 */
import { BundleError, placeOf, withinStack } from './bundle/bundle-error.ts'
import { freeVariableError, freeVariables } from './bundle/free-variables.ts'
import { inspect } from './bundle/inspect.ts'
import { parseExpression, parseFunction } from './bundle/parse.ts'
import { checkNames } from './math/calculate.ts'
import { parseNotation } from './math/notation.ts'
import { SANDBOX_GLOBALS } from './sandbox-globals.ts'

export { BundleError, type BundleErrorCode } from './bundle/bundle-error.ts'

type AnyFunction = (...inputs: never[]) => unknown
const sourceOf = (work: AnyFunction): string => Function.prototype.toString.call(work)

/**
 * A module whose `work` is `work`: an arrow, an async function, a method, a function expression or declaration.
 * @param allowedGlobals names it may use without declaring them. @default SANDBOX_GLOBALS
 * @throws BundleError `free-variable`, `shape`, `syntax`, `import`
 */
export function bundleFunction(work: AnyFunction, allowedGlobals: readonly string[] = SANDBOX_GLOBALS): string {
  if (typeof work !== 'function') throw new BundleError('shape', `Expected a function, got ${work === null ? 'null' : `a ${typeof work}`}.`)
  const { text, free } = withinStack(() => {
    const { node, text } = parseFunction(sourceOf(work))
    return { text, free: freeVariables(node, inspect(node), allowedGlobals) }
  })
  const used = free.filter((name) => name !== KEEP_NAMES)
  if (used.length > 0) throw freeVariableError('function', used, work.name)
  return `${used.length < free.length ? `const ${KEEP_NAMES} = (target) => target\n` : ''}export const work = ${text}\n`
}

/** As `bundleFunction`, but an input is the list of arguments of one call. @throws what `bundleFunction` throws */
export function bundleCalls(work: AnyFunction): string {
  return `${bundleFunction(work).replace('export const work =', 'const call =')}export const work = (args) => call(...args)\n`
}

/** tsx and esbuild wrap inner functions in a call of this name, which they define outside. */
const KEEP_NAMES = '__name'

/**
 * A module whose `work()` returns the value of a JavaScript expression; `await` may occur in it.
 * @param allowedGlobals names it may use without declaring them. @default SANDBOX_GLOBALS
 * @throws BundleError `free-variable`, `syntax`, `notation` (`^` between number literals), `import`
 */
export function bundleExpression(source: string, allowedGlobals: readonly string[] = SANDBOX_GLOBALS): string {
  if (typeof source !== 'string') throw new BundleError('shape', `Expected an expression as a string, got a ${typeof source}.`)
  const { end, findings, free } = withinStack(() => {
    const { node, end } = parseExpression(source)
    const findings = inspect(node)
    return { end, findings, free: freeVariables(node, findings, allowedGlobals) }
  })
  if (findings.xor !== undefined) {
    const at = placeOf(source, source.indexOf('^', findings.xor))
    const sentence = '`^` is XOR in JavaScript: write `2n ** 360n - 1n`, or use d.math'
    throw new BundleError('notation', `${sentence} (line ${at.line}, column ${at.column}).`, { at })
  }
  if (free.length > 0) throw freeVariableError('expression', free)
  return `export const work = ${findings.awaits ? 'async ' : ''}() => (\n${source.slice(0, end)}\n)\n`
}

/**
 * A module whose `work()` returns the value of an expression in the usual notation.
 * @throws ExpressionError on what does not parse or calls what is not there
 */
export function bundleNotation(text: string): string {
  checkNames(parseNotation(text))
  return `export const work = () => calculate(${JSON.stringify(text)})\n`
}

/** SHA-256 of the UTF-8 bytes of a bundle, 64 hex digits: its address. @throws BundleError `no-web-crypto` */
export async function bundleDigest(text: string): Promise<string> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined
  if (subtle === undefined)
    throw new BundleError('no-web-crypto', 'Expected WebCrypto, got none: open the page by https or from localhost.')
  const digest = new Uint8Array(await subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
