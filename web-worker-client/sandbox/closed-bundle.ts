/**
 * A bundle holds all of its code. Where `data:` URLs load code, a policy cannot tell the bundle from a text that it makes and imports, and
 * in every browser an import that is refused prints to the volunteer's console. So what imports is found by a parser before it runs: a
 * static import is a failure of the bundle, the same in every engine, and a dynamic one becomes a call that rejects.
 */
import type { Node } from 'acorn'
import type { LoadFailure } from './harness.ts'

export interface ClosedBundle {
  readonly code: string
  /** Why it is not to be loaded. */
  readonly failure?: LoadFailure
}

/** Neither keyword can be written otherwise: most bundles need no parser. */
const MAY_IMPORT = /\bimport\b|\bfrom\s*(?:["']|\/[/*])/
const CALL = 'dsage$import'
const DEFINITION = `\n;async function ${CALL}() { throw new TypeError('The bundle imports other modules; it must hold all of its code.') }`

type Part = Node & { readonly source?: { readonly value?: unknown } | null }

const isNode = (value: unknown): value is Part => typeof (value as { type?: unknown } | null)?.type === 'string'

/** Every node below `root`, in no order. */
function* nodesOf(root: Part): Iterable<Part> {
  const stack: Part[] = [root]
  for (let node = stack.pop(); node; node = stack.pop()) {
    yield node
    for (const value of Object.values(node).flat()) if (isNode(value)) stack.push(value)
  }
}

/** Import declarations and exports from elsewhere stand at the top of a module. */
const isStatic = ({ type, source }: Part): boolean => type !== 'ImportExpression' && source !== undefined && source !== null

function withoutImports(code: string, starts: number[]): string {
  let closed = ''
  let at = 0
  for (const start of starts.sort((a, b) => a - b)) {
    closed += code.slice(at, start) + CALL
    at = start + 'import'.length
  }
  return closed + code.slice(at) + DEFINITION
}

export async function closeBundle(code: string): Promise<ClosedBundle> {
  if (!MAY_IMPORT.test(code)) return { code }
  const { parse } = await import('acorn')
  try {
    const dynamic: number[] = []
    for (const node of nodesOf(parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true }))) {
      if (node.type === 'ImportExpression') dynamic.push(node.start)
      else if (isStatic(node)) return { code, failure: { kind: 'imports', detail: String(node.source?.value) } }
    }
    return { code: dynamic.length > 0 ? withoutImports(code, dynamic) : code }
  } catch (error) {
    return { code, failure: { kind: 'syntax', detail: String(error) } }
  }
}

/** The last ones, so that each is looked at once and not for every unit. */
export class ClosedBundles {
  readonly #closed = new Map<string, Promise<ClosedBundle>>()

  /** @param digest of `code` */
  get(digest: string, code: string): Promise<ClosedBundle> {
    const known = this.#closed.get(digest) ?? closeBundle(code)
    this.#closed.delete(digest)
    this.#closed.set(digest, known)
    const [oldest] = this.#closed.keys()
    if (this.#closed.size > 16) this.#closed.delete(oldest!)
    return known
  }
}
