/**
 * What a researcher hands over, as the text of an ES module that exports `work(input, ctx)`. Only text travels, so a function that needs
 * something from around it is refused here, by name, and not hours later on a stranger's device.
 *
 * Rejected: `new Function` in a trial realm (finds a free variable only when its line runs, and browsers may forbid it).
 */
import { BundleError, withinStack } from './bundle/bundle-error.ts'
import { bundleClass, bundleObject, isClass } from './bundle/object.ts'
import { withOrigin } from './bundle/origin.ts'
import { parseExpression, parseFunction } from './bundle/parse.ts'
import { exportWork, type ShipOptions, surroundings } from './bundle/shipped.ts'
import { asFunction, functionOf, parseStatements, refuseModuleParts } from './bundle/statements.ts'
import type { Vars } from './bundle/vars.ts'
import { checkNames } from './math/calculate.ts'
import { parseNotation } from './math/notation.ts'
import { SANDBOX_GLOBALS } from './sandbox-globals.ts'

export { BundleError, type BundleErrorCode } from './bundle/bundle-error.ts'
export type { Vars } from './bundle/vars.ts'

type AnyFunction = (...inputs: never[]) => unknown

function shipFunction(work: AnyFunction, options: ShipOptions): { readonly text: string; readonly before: string } {
  if (typeof work !== 'function') throw new BundleError('shape', `Expected a function, got ${work === null ? 'null' : `a ${typeof work}`}.`)
  const source = Function.prototype.toString.call(work)
  return withinStack(() => {
    const { text, ...parsed } = parseFunction(source)
    const before = surroundings([parsed], { kind: 'function', source, ownName: work.name, repeats: true }, options).text
    return { text, before }
  })
}

/**
 * A module whose `work` is `work`: an arrow, an async function, a method, a function expression or declaration.
 * @param globals names it may use without declaring them. @default SANDBOX_GLOBALS
 * @throws BundleError `free-variable`, `shape`, `syntax`, `import`, `vars`, `too-large`
 */
export function bundleFunction(work: AnyFunction, globals: readonly string[] = SANDBOX_GLOBALS, vars?: Vars): string {
  const { text, before } = shipFunction(work, { globals, vars })
  return exportWork(before, text)
}

/** As `bundleFunction`, but an input is the list of arguments of one call; `what` it is called in messages. @throws what `bundleFunction` throws */
export function bundleCalls(work: AnyFunction, vars?: Vars, what = 'function'): string {
  return withOrigin(what, () => {
    const { text, before } = shipFunction(work, { vars })
    return exportWork(`${before}const dsage$call = ${text}\n`, '(args) => dsage$call(...args)')
  })
}

/** A function, a class or an object with `work`, with the place where it was given in what is thrown. @throws BundleError */
export function bundleWork(work: AnyFunction | object, vars?: Vars): string {
  if (isClass(work)) return withOrigin('class', () => bundleClass(work, { vars }))
  if (typeof work === 'function') return withOrigin('function', () => bundleFunction(work as AnyFunction, SANDBOX_GLOBALS, vars))
  return withOrigin('object', () => bundleObject(work, { vars }))
}

/**
 * A module whose `work()` returns the value of a JavaScript expression; `await` may occur in it.
 * @param globals names it may use without declaring them. @default SANDBOX_GLOBALS
 * @throws BundleError `free-variable`, `syntax`, `notation` (`^` between number literals), `import`, `vars`, `too-large`
 */
export function bundleExpression(source: string, globals: readonly string[] = SANDBOX_GLOBALS, vars?: Vars): string {
  if (typeof source !== 'string')
    throw new BundleError('shape', `Expected an expression as a string, got ${source === undefined ? 'undefined' : `a ${typeof source}`}.`)
  return withinStack(() => {
    const { node, end } = parseExpression(source)
    const { text, findings } = surroundings([{ node }], { kind: 'expression', source, repeats: false }, { globals, vars })
    return exportWork(text, `${findings[0]!.awaits ? 'async ' : ''}() => (\n${source.slice(0, end)}\n)`)
  })
}

/**
 * A module whose `work()` returns the value of a JavaScript text: of the expression it is, or else of its last statement or of `return`.
 * @throws what `bundleExpression` throws
 */
export function bundleSource(source: string, vars?: Vars): string {
  try {
    return bundleExpression(source, SANDBOX_GLOBALS, vars)
  } catch (error) {
    if (!(error instanceof BundleError) || error.code !== 'syntax') throw error
    if (source.trim() === '') throw new BundleError('syntax', 'Expected an expression or statements, got an empty text.')
  }
  return withinStack(() => {
    const program = parseStatements(source)
    refuseModuleParts(source, program)
    const expression = functionOf(source, program)
    const { text } = surroundings([{ node: asFunction(program) }], { kind: 'code', source, repeats: false }, { vars })
    return exportWork(text, expression)
  })
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
