/**
 * `**` of Numbers with the same bits in every engine (INTEGRITY T7): engines differ in 66 % of `x ** 7`. The operator cannot be replaced as Math's
 * functions are, so it becomes a call. Lines stay as they are; how far columns moved is remembered beside the text, for the places in stacks.
 */
import { type AnyNode, type Node, type Program, parse, type Token } from 'acorn'
import { BundleError, placeOf, syntaxError } from './bundle-error.ts'
import { childrenOf } from './inspect.ts'
import { failureOf } from './parse.ts'

/** Its first line is the mark of a text that was rewritten. Negated twice, a value becomes a Number or a BigInt as it does before `**`. */
const HELPER = `
function dsage$pow(a, b) {
  const x = -(-a)
  const y = -(-b)
  return typeof x === 'number' && typeof y === 'number' ? Math.pow(x, y) : x ** y
}
`
const MARK = HELPER.split('\n')[1]!

interface Edit {
  readonly at: number
  /** Characters that go. */
  readonly length: number
  readonly text: string
}
/** From that column of the new text on, from 1, everything stands `by` further to the right. */
interface Shift {
  readonly column: number
  readonly by: number
}
interface Original {
  readonly code: string
  readonly shifts: ReadonlyMap<number, readonly Shift[]>
}

/** Bundles of one program are few; the last ones suffice. */
const KEPT = 64
const originals = new Map<string, Original>()

/** The text before its powers were rewritten, and the column there of a place in the new one, from 1. */
export function beforePowers(code: string): { readonly code: string; readonly columnOf: (line: number, column: number) => number } {
  const original = originals.get(code)
  const columnOf = (line: number, column: number) => {
    const shift = original?.shifts.get(line)?.findLast((one) => one.column <= column)
    return shift === undefined ? column : Math.max(1, column - shift.by)
  }
  return { code: original?.code ?? code, columnOf }
}

/** Whether a frame of this name is one of ours. */
export const isPowerFrame = (name: string): boolean => name === 'dsage$pow'

/** The text of a module with each `**` that may be one of Numbers as a call; as it is when there is none. @throws BundleError `syntax` */
export function portablePowers(code: string): string {
  if (!code.includes('**') || code.includes(MARK)) return code
  const operators: Token[] = []
  const edits = editsOf(parseModule(code, operators), operators, code).sort((a, b) => a.at - b.at)
  if (edits.length === 0) return code
  const { text, shifts } = apply(code, edits)
  originals.delete(text)
  originals.set(text, { code, shifts })
  const [oldest] = originals.keys()
  if (originals.size > KEPT) originals.delete(oldest!)
  return text
}

function parseModule(code: string, operators: Token[]): Program {
  try {
    const onToken = (token: Token) => {
      const isAssignment = token.type.label === '_=' && code.slice(token.start, token.end) === '**='
      if (token.type.label === '**' || isAssignment) operators.push(token)
    }
    return parse(code, { ecmaVersion: 'latest', sourceType: 'module', onToken })
  } catch (error) {
    const { offset, reason } = failureOf(error)
    throw syntaxError('the text of an ES module', code, offset, reason)
  }
}

const isBigInt = (node: AnyNode): boolean => node.type === 'Literal' && typeof node.bigint === 'string'

function editsOf(program: Program, operators: readonly Token[], code: string): Edit[] {
  const edits: Edit[] = []
  /** Between the sides stand the operator, parentheses and comments. */
  const operatorOf = ({ left, right }: { readonly left: Node; readonly right: Node }) =>
    operators.find(({ start }) => start >= left.end && start < right.start)!.start
  const visit = (node: AnyNode): void => {
    if (node.type === 'BinaryExpression' && node.operator === '**' && ![node.left, node.right].some(isBigInt)) {
      const call = { at: node.start, length: 0, text: 'dsage$pow(' }
      edits.push(call, { at: operatorOf(node), length: 2, text: ',' }, { at: node.end, length: 0, text: ')' })
    }
    if (node.type === 'AssignmentExpression' && node.operator === '**=' && !isBigInt(node.right)) {
      const target = targetText(node.left, code)
      edits.push({ at: operatorOf(node), length: 3, text: `= dsage$pow(${target},` }, { at: node.end, length: 0, text: ')' })
    }
    for (const child of childrenOf(node)) visit(child)
  }
  visit(program)
  return edits
}

/** What stands on both sides of `x = dsage$pow(x, y)`. @throws BundleError where computing it twice may not be the same as once */
function targetText(target: AnyNode, code: string): string {
  const text = code.slice(target.start, target.end)
  if (isPlain(target) && !text.includes('\n')) return text
  const at = placeOf(code, target.start)
  const sentence = `Expected the left side of \`**=\` to be a name or a field of one, got ${text.slice(0, 100)} at line ${at.line} of the bundle`
  throw new BundleError('syntax', `${sentence}; write x = x ** y with its parts computed before.`)
}

function isPlain(node: AnyNode): boolean {
  if (node.type === 'MemberExpression') return isPlain(node.object) && isPlain(node.property)
  return ['Identifier', 'ThisExpression', 'Super', 'Literal', 'PrivateIdentifier'].includes(node.type)
}

/** @param edits by their places */
function apply(code: string, edits: readonly Edit[]): { text: string; shifts: Map<number, Shift[]> } {
  const shifts = new Map<number, Shift[]>()
  let text = ''
  let at = 0
  let [line, lineStart, by] = [1, 0, 0]
  for (const edit of edits) {
    const before = code.slice(at, edit.at)
    const lines = before.split('\n').length - 1
    if (lines > 0) {
      line += lines
      lineStart = at + before.lastIndexOf('\n') + 1
      by = 0
    }
    const column = edit.at - lineStart + 1 + by
    by += edit.text.length - edit.length
    // The call's own place is that of the operation.
    shifts.set(line, [...(shifts.get(line) ?? []), { column: column + edit.text.length, by }])
    text += before + edit.text
    at = edit.at + edit.length
  }
  return { text: text + code.slice(at) + HELPER, shifts }
}
