/** Sources to syntax trees. */
import { type AnyNode, parseExpressionAt, tokenizer } from 'acorn'
import { BundleError, syntaxError } from './bundle-error.ts'

/** Strict, as modules are. `super` is let through so that it can be refused by name. */
const parse = (source: string, awaits: boolean): AnyNode =>
  parseExpressionAt(source, 0, {
    ecmaVersion: 'latest',
    sourceType: 'module',
    preserveParens: true,
    allowAwaitOutsideFunction: awaits,
    allowSuperOutsideMethod: true,
  })

/** What acorn says of a place: its message without the position, and the offset. */
export function failureOf(error: unknown): { readonly offset: number; readonly reason: string } {
  if (!(error instanceof SyntaxError)) throw error
  return { offset: (error as SyntaxError & { readonly pos: number }).pos, reason: error.message.replace(/ \(\d+:\d+\)$/, '') }
}

/** The only expression in `source`, which a semicolon may follow. */
export function parseExpression(source: string): { readonly node: AnyNode; readonly end: number } {
  try {
    const node = parse(source, true)
    const rest = tokenizer(' '.repeat(node.end) + source.slice(node.end), { ecmaVersion: 'latest', sourceType: 'module' })
    let token = rest.getToken()
    if (token.type.label === ';') token = rest.getToken()
    if (token.type.label !== 'eof') throw syntaxError('one JavaScript expression', source, token.start, 'Unexpected token after its end')
    return { node, end: node.end }
  } catch (error) {
    if (error instanceof BundleError) throw error
    const { offset, reason } = failureOf(error)
    throw syntaxError('one JavaScript expression', source, offset, reason)
  }
}

/** A function parsed, and an expression for it. */
export interface FunctionText {
  readonly node: AnyNode
  readonly text: string
  /** Where in the tree its source begins. */
  readonly offset: number
}

/** A function's node and an expression for it. Methods are written as methods again, so that their kind stays the same. */
export function parseFunction(source: string): FunctionText {
  if (/\{\s*\[native code\]\s*\}$/.test(source)) {
    const name = /^function (\w+)\(/.exec(source)?.[1]
    const wrapped = name === undefined ? 'Math.sqrt(x)' : `${name}(x)`
    throw new BundleError('shape', `Expected a function with a source, got a native or bound one; wrap it, as in (x) => ${wrapped}.`)
  }
  const alone = attempt(source, 0, source)
  if (alone.node?.type === 'ClassExpression') {
    throw new BundleError('shape', 'Expected a function, got a class; declare the class inside a function.')
  }
  if (alone.node?.type === 'ArrowFunctionExpression' || alone.node?.type === 'FunctionExpression') {
    return { node: refuseGenerator(alone.node), text: `(${source})`, offset: 0 }
  }
  const inObject = attempt(`{\n${source}\n}`, 2, source)
  const property = inObject.node?.type === 'ObjectExpression' ? inObject.node.properties[0] : undefined
  if (property?.type !== 'Property' || property.value.type !== 'FunctionExpression') {
    const { offset, reason } = alone.offset > inObject.offset ? alone : inObject
    throw syntaxError('a function that is valid in strict mode', source, offset, reason)
  }
  if (property.kind !== 'init') throw new BundleError('shape', 'Expected a function, got a getter or setter; wrap it in a function.')
  const method = refuseGenerator(property.value)
  const rest = source.slice(method.start - 2)
  return { node: method, text: `({ ${property.value.async ? 'async ' : ''}work${rest} }).work`, offset: 2 }
}

interface Attempt {
  readonly node?: AnyNode
  /** Where it failed, in the source without what was put before it. */
  readonly offset: number
  readonly reason: string
}
/** Parses `wrapped`, in which `source` begins at `before`; all of it must be one expression. */
function attempt(wrapped: string, before: number, source: string): Attempt {
  try {
    const node = parse(wrapped, false)
    if (wrapped.slice(node.end).trim() === '') return { node, offset: -1, reason: '' }
    return { offset: node.end - before, reason: 'Unexpected token' }
  } catch (error) {
    const { offset, reason } = failureOf(error)
    return { offset: Math.max(0, Math.min(offset - before, source.length)), reason }
  }
}

function refuseGenerator(node: AnyNode): AnyNode {
  if (!('generator' in node) || node.generator !== true) return node
  throw new BundleError('shape', 'Expected a function, got a generator; collect the values: () => [...values()].')
}

/** A class's node. @throws BundleError `syntax` */
export function parseClass(source: string): AnyNode {
  const { node, offset, reason } = attempt(source, 0, source)
  if (node?.type !== 'ClassExpression') throw syntaxError('a class', source, offset, reason)
  return node
}
