/**
 * Statements as the body of a function that returns the value of the last one: what a REPL shows, as far as the tree says it. The last statement that
 * can have a value counts; if it is an `if`, a block, a labelled statement or a `try`, the last one inside it. Loops, `switch` and declarations have none.
 *
 * Rejected: the value of loops. It would have to be assigned in each round and taken back at each `break`, which costs more than it is worth.
 */
import { type AnyNode, type ModuleDeclaration, type Program, parse, type Statement } from 'acorn'
import { BundleError, placeOf, syntaxError } from './bundle-error.ts'
import { failureOf } from './parse.ts'

type Part = Statement | ModuleDeclaration

/** The tree of a text of statements; `return` and `await` may stand at its top. @throws BundleError `syntax` */
export function parseStatements(source: string): Program {
  try {
    return parse(source, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      preserveParens: true,
      allowReturnOutsideFunction: true,
      allowSuperOutsideMethod: true,
      allowHashBang: false,
    })
  } catch (error) {
    const { offset, reason } = failureOf(error)
    throw syntaxError('JavaScript', source, offset, reason)
  }
}

const MODULE_PARTS: readonly string[] = ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportDefaultDeclaration', 'ExportAllDeclaration']

/** @throws BundleError `import` at the first import or export */
export function refuseModuleParts(source: string, { body }: Program): void {
  const part = body.find(({ type }) => MODULE_PARTS.includes(type))
  if (part === undefined) return
  const at = placeOf(source, part.start)
  const what = part.type === 'ImportDeclaration' ? 'an import' : 'an export'
  throw new BundleError('import', `Expected statements, got ${what} at line ${at.line}: put them into a file and use d.evalFile(path).`, {
    at,
  })
}

/** The tree as that of a function, for who looks for names in it. */
export const asFunction = ({ body, start, end }: Program): AnyNode =>
  ({
    type: 'ArrowFunctionExpression',
    params: [],
    async: true,
    expression: false,
    body: { type: 'BlockStatement', body, start, end },
    ...{ start, end },
  }) as unknown as AnyNode

/** An asynchronous function of the statements; those in `without` are left out. */
export function functionOf(source: string, program: Program, without: readonly AnyNode[] = []): string {
  let variable = 'dsage$value'
  while (source.includes(variable)) variable += '$'
  const edits: Edit[] = without.map(({ start, end }) => ({ start, end, text: '' }))
  for (const { start, end } of valuesOf(program.body)) {
    edits.push({ start, end: start, text: `${variable} = (` }, { start: end, end, text: ')' })
  }
  const values = edits.length > without.length
  const body = edited(source, edits)
  return `async () => {\n${values ? `let ${variable}\n` : ''}${body}\n${values ? `return ${variable}\n` : ''}}`
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

function edited(source: string, edits: readonly Edit[]): string {
  let text = ''
  let at = 0
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    text += source.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return text + source.slice(at)
}

const DECLARATIONS: readonly string[] = ['EmptyStatement', 'FunctionDeclaration', 'ClassDeclaration', 'VariableDeclaration']
const hasNoValue = (node: Part): boolean =>
  DECLARATIONS.includes(node.type) || MODULE_PARTS.includes(node.type) || (node.type === 'BlockStatement' && node.body.every(hasNoValue))

/** The expressions of which the last one that ran is the value. */
function valuesOf(body: readonly Part[]): AnyNode[] {
  const last = body.findLast((part) => !hasNoValue(part))
  return last === undefined ? [] : valuesIn(last)
}

function valuesIn(node: Part): AnyNode[] {
  switch (node.type) {
    case 'ExpressionStatement':
      return [node.expression]
    case 'BlockStatement':
      return valuesOf(node.body)
    case 'IfStatement':
      return [...valuesIn(node.consequent), ...(node.alternate ? valuesIn(node.alternate) : [])]
    case 'TryStatement':
      return [...valuesOf(node.block.body), ...(node.handler ? valuesOf(node.handler.body.body) : [])]
    case 'LabeledStatement':
      return valuesIn(node.body)
    default:
      return []
  }
}
