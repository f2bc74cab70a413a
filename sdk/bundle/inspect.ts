/** What a scope analysis does not say of a tree: `this`, imports, `await`, and `^` meant as a power. */
import type { AnyNode, MethodDefinition, Property, PropertyDefinition } from 'acorn'
import { BundleError } from './bundle-error.ts'

/** What surrounds a node. */
interface Surroundings {
  readonly bindsThis: boolean
  readonly bindsArguments: boolean
  readonly bindsSuper: boolean
  readonly inFunction: boolean
}
/** What a tree holds besides names. */
export interface Findings {
  /** Of `this`, `arguments` and `super`, those that belong to the code around the root, with their first offset. */
  readonly outer: Map<string, number>
  awaits: boolean
  /** Offset behind the left side of a `^` between number literals. */
  xor: number | undefined
}

const isNode = (value: unknown): value is AnyNode =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
export const childrenOf = (node: AnyNode): AnyNode[] => Object.values(node).flat().filter(isNode)

/** Looks at every node, and rewrites what the scope analysis does not know. @throws BundleError `import` */
export function inspect(root: AnyNode): Findings {
  const findings: Findings = { outer: new Map(), awaits: false, xor: undefined }
  visit(root, { bindsThis: false, bindsArguments: false, bindsSuper: false, inFunction: false }, findings)
  return findings
}

function visit(node: AnyNode, around: Surroundings, findings: Findings): void {
  const note = (name: string, bound: boolean, { start }: AnyNode) => {
    if (!bound && !findings.outer.has(name)) findings.outer.set(name, start)
  }
  if (node.type === 'ImportExpression') throw importError('import()')
  if (node.type === 'MetaProperty' && node.meta.name === 'import') throw importError('import.meta')
  if (node.type === 'ThisExpression') note('this', around.bindsThis, node)
  if (node.type === 'Super') note('super', around.bindsSuper, node)
  if (node.type === 'AwaitExpression' && !around.inFunction) findings.awaits = true
  if (node.type === 'BinaryExpression' && node.operator === '^' && isNumber(lastOperand(node.left)) && isNumber(firstOperand(node.right))) {
    findings.xor ??= node.left.end
  }
  for (const child of childrenOf(node)) {
    if (child.type === 'Identifier' && child.name === 'arguments' && !isKey(node, child)) note('arguments', around.bindsArguments, child)
    visit(child, within(node, child, around), findings)
  }
  if (node.type === 'ClassExpression') scopeClassName(node)
  if (node.type === 'StaticBlock') Object.assign(node, { type: 'BlockStatement' })
}

/** The surroundings of a child. */
function within(node: AnyNode, child: AnyNode, around: Surroundings): Surroundings {
  if (isMember(node) && child === node.value) return { ...around, bindsThis: true, bindsSuper: true }
  const inside = insideOf(node, around)
  const isPlainFunction = child.type === 'FunctionExpression' || child.type === 'FunctionDeclaration'
  return isPlainFunction ? { ...inside, bindsSuper: false } : inside
}

function insideOf(node: AnyNode, around: Surroundings): Surroundings {
  if (node.type === 'StaticBlock') return { ...around, bindsThis: true, bindsSuper: true, inFunction: true }
  if (node.type === 'ArrowFunctionExpression') return { ...around, inFunction: true }
  if (node.type !== 'FunctionExpression' && node.type !== 'FunctionDeclaration') return around
  return { ...around, bindsThis: true, bindsArguments: true, inFunction: true }
}

/** Whether the node's value has a home object: methods, accessors and fields. */
const isMember = (node: AnyNode): node is MethodDefinition | PropertyDefinition | Property =>
  node.type === 'MethodDefinition' ||
  node.type === 'PropertyDefinition' ||
  (node.type === 'Property' && (node.method || node.kind !== 'init'))

/** Whether the identifier is a property's name and not a variable. */
function isKey(node: AnyNode, child: AnyNode): boolean {
  if (node.type === 'MemberExpression') return !node.computed && child === node.property
  return (
    (node.type === 'Property' || node.type === 'MethodDefinition' || node.type === 'PropertyDefinition') &&
    !node.computed &&
    child === node.key
  )
}

const isNumber = (node: AnyNode): boolean => node.type === 'Literal' && (typeof node.value === 'number' || typeof node.value === 'bigint')

/** The operand that stands first, or last, in a chain of operators: what a `^` beside it would be read with in usual notation. */
function firstOperand(node: AnyNode): AnyNode {
  if (node.type === 'BinaryExpression') return firstOperand(node.left)
  if (node.type === 'UnaryExpression') return firstOperand(node.argument)
  return node.type === 'ParenthesizedExpression' ? firstOperand(node.expression) : node
}
function lastOperand(node: AnyNode): AnyNode {
  if (node.type === 'BinaryExpression') return lastOperand(node.right)
  if (node.type === 'UnaryExpression') return lastOperand(node.argument)
  return node.type === 'ParenthesizedExpression' ? lastOperand(node.expression) : node
}

/** periscopic does not give a class expression's name a scope; a block that holds the same class as a declaration does. */
function scopeClassName(node: AnyNode & { id?: unknown }): void {
  if (!node.id) return
  Object.assign(node, { type: 'BlockStatement', body: [{ ...node, type: 'ClassDeclaration' }], id: null, superClass: null })
}

const importError = (what: string): BundleError =>
  new BundleError(
    'import',
    `Expected code that is complete, got ${what}: the sandbox loads nothing. Give a module, which is bundled with what it imports.`,
  )
