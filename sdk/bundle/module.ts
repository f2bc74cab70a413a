/** Modules that are text already: what they use and do not declare. */
import { type AnyNode, type Program, parse } from 'acorn'
import { analyze } from 'periscopic'
import { SANDBOX_GLOBALS } from '../sandbox-globals.ts'
import { syntaxError } from './bundle-error.ts'
import { failureOf } from './parse.ts'
import { declareVars, requireRoom, type Vars } from './vars.ts'

/** @throws BundleError `syntax` */
export function parseModule(text: string): Program {
  try {
    return parse(text, { ecmaVersion: 'latest', sourceType: 'module' })
  } catch (error) {
    const { offset, reason } = failureOf(error)
    throw syntaxError('the text of an ES module', text, offset, reason)
  }
}

/** Names that a module uses, does not declare and the realm does not have, with the node of a use. */
export function undeclared(program: Program): Map<string, AnyNode> {
  const { globals } = analyze(program as unknown as Parameters<typeof analyze>[0])
  return new Map([...globals].filter(([name]) => !SANDBOX_GLOBALS.includes(name)) as unknown as [string, AnyNode][])
}

/** The module with those of the vars declared before it that it uses and does not declare. @throws BundleError `vars`, `syntax`, `too-large` */
export function declareInModule(text: string, vars: Vars | undefined): string {
  if (vars === undefined) return text
  const { globals } = analyze(parseModule(text) as unknown as Parameters<typeof analyze>[0])
  const declared = declareVars(vars, globals.keys(), true)
  requireRoom(declared.text + text)
  return declared.text + text
}
