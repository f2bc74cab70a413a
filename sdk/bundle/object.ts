/** Objects and classes with a method `work`: methods travel as their source, fields as data. */
import type { AnyNode } from 'acorn'
import { BundleError, withinStack } from './bundle-error.ts'
import { keyText } from './literal.ts'
import { parseClass, parseFunction } from './parse.ts'
import { exportWork, type Parsed, type ShipOptions, surroundings } from './shipped.ts'
import { literalOf } from './vars.ts'

type AnyFunction = (...inputs: never[]) => unknown
const sourceOf = (value: AnyFunction | object): string => Function.prototype.toString.call(value)

const CALL = '(input, context) => dsage$object.work(input, context)'

/** Whether a function is a class. */
export const isClass = (value: unknown): value is new () => object =>
  typeof value === 'function' && /^class\b(?!\s*\()/.test(sourceOf(value as AnyFunction))

/** Own fields and the methods of its classes. @throws BundleError `shape` naming what cannot travel */
function membersOf(object: object): Map<string, unknown> {
  const members = new Map<string, unknown>()
  for (let level: object | null = object; level !== null && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const key of Reflect.ownKeys(level)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(level, key)!
      if (typeof key === 'symbol' || get !== undefined || set !== undefined || key === '__proto__')
        throw new BundleError(
          'shape',
          `\`${String(key)}\` of the object cannot travel: expected fields and methods; make it one of these, or a method.`,
        )
      if (!members.has(key) && (key !== 'constructor' || level === object)) members.set(key, value)
    }
  }
  return members
}

/** A module whose `work` calls that of the object. @throws BundleError `shape`, `free-variable`, `syntax`, `import`, `vars`, `too-large` */
export function bundleObject(object: object, options: ShipOptions = {}): string {
  const found = membersOf(object)
  if (typeof found.get('work') !== 'function')
    throw new BundleError('shape', 'Expected an object with a method `work(input, context)`, or { bundle } with the text of a module.')
  let members = ''
  let sources = ''
  const parsed: Parsed[] = []
  for (const [key, value] of found) {
    if (typeof value !== 'function') members += `  ${keyText(key)}: ${literalOf(key, value, 'the object')},\n`
    else {
      const source = sourceOf(value as AnyFunction)
      const { text, ...method } = withinStack(() => parseFunction(source))
      parsed.push({ ...method, start: sources.length })
      sources += `${source}\n`
      members += `  ${keyText(key)}: ${text},\n`
    }
  }
  const { text } = withinStack(() => surroundings(parsed, { kind: 'object', source: sources, repeats: true }, options))
  return exportWork(`${text}const dsage$object = {\n${members}}\n`, CALL)
}

/** A module that makes one instance in each realm. @throws what `bundleObject` throws */
export function bundleClass(Class: new () => object, options: ShipOptions = {}): string {
  const source = sourceOf(Class)
  if (Class.length > 0)
    throw new BundleError(
      'shape',
      `Expected a class that is made without arguments, its constructor takes ${Class.length}; give \`vars\` in their place.`,
    )
  const { text } = withinStack(() => {
    const node = parseClass(source)
    if (!hasWork(node)) throw new BundleError('shape', 'Expected a class with a method `work(input, context)`, got one without.')
    return surroundings([{ node }], { kind: 'class', source, ownName: undefined, repeats: true }, options)
  })
  return exportWork(`${text}const dsage$object = new (${source})()\n`, CALL)
}

function hasWork(node: AnyNode): boolean {
  if (node.type !== 'ClassExpression') return false
  return node.body.body.some(
    (member) => 'key' in member && !member.static && member.key.type === 'Identifier' && member.key.name === 'work',
  )
}
