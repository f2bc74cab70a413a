/**
 * WebAssembly that ends with its worker in WebKit: every module is compiled as interruptible-module.ts rewrites it, and code in the realm
 * sees none of what that adds. Instances get the function that lets the engine end them before any of their code runs.
 */
import { type InterruptibleModule, interruptible } from './interruptible-module.ts'
import { apply, bytesOf, define, getOwnPropertyDescriptor, NativeUint8Array, ownKeys, uncurry, uncurryGetter } from './primordials.ts'
import { type Constructor, ownEngine, type WasmEngine } from './wasm-engine.ts'
import { NativeCompileError } from './wasm-reader.ts'

type Added = NonNullable<InterruptibleModule['added']>
type Exports = Record<string, unknown>

const { freeze } = Object
const recall = uncurry<WeakMap<object, unknown>, [unknown], unknown>(WeakMap.prototype.get as never)
const remember = uncurry<WeakMap<object, unknown>, [object, unknown], unknown>(WeakMap.prototype.set)

/** A module of `(import "" "" (func))` and its export `f`: what makes a function of WebAssembly of one of JavaScript. */
const WRAPPER = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 5, 1, 0, 0, 0, 0, 7, 5, 1, 1, 102, 0, 0]

/**
 * As a function of WebAssembly, what lets the engine end the worker. A function of JavaScript alone was tried and is not enough: once an
 * engine has compiled it, a worker outlives its end by seconds or for good, since WebKit stops compiled code only when it happens to look
 * while that runs. It always looks where native code calls JavaScript, as here the conversion of an object to a number does.
 */
function pause({ Module, Instance }: typeof WebAssembly): unknown {
  const number = { __proto__: null, valueOf: () => 0 } as unknown as number
  return new Instance(new Module(new Uint8Array(WRAPPER)), { '': { '': () => +number } }).exports.f
}

/** The exports that the module's author knows of. */
function withoutAdded(all: Exports, added: Added): Exports {
  const own: Exports = { __proto__: null } as never
  const names = ownKeys(all)
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string
    if (name !== added.table && name !== added.start) define(own, name, all[name], true)
  }
  return freeze(own)
}

class InterruptibleEngine implements WasmEngine {
  readonly #own: WasmEngine
  readonly #addedTo = new WeakMap<object, Added>()
  readonly #exportsOf = new WeakMap<object, Exports>()
  readonly #nativeExports: (instance: object) => Exports
  readonly #setTable: (table: unknown, index: number, value: unknown) => void
  readonly #pause: unknown

  constructor(namespace: typeof WebAssembly) {
    const { Instance, Table } = namespace
    this.#own = ownEngine(namespace)
    this.#pause = pause(namespace)
    this.#setTable = uncurry(Table.prototype.set as never)
    this.#nativeExports = uncurryGetter(Instance.prototype, 'exports')
    const exportsOf = (instance: object) => (recall(this.#exportsOf, instance) as Exports | undefined) ?? this.#nativeExports(instance)
    const getter = {
      get exports() {
        return exportsOf(this)
      },
    }
    const { get } = getOwnPropertyDescriptor(getter, 'exports')!
    Object.defineProperty(Instance.prototype, 'exports', { get: get! })
  }

  /**
   * Only what was found valid before it is rewritten is compiled, so that its own code names nothing that is added. `options` can answer
   * differently each time it is asked: what comes of a module that was not valid is thrown away.
   */
  makeModule(bytes: Uint8Array, options: unknown, target: Constructor): object {
    if (!this.#own.validate(bytes, options)) {
      this.#own.makeModule(bytes, options, target)
      throw new NativeCompileError('WebAssembly: expected a valid module.')
    }
    const { bytes: rewritten, added } = interruptible(bytes)
    const module = this.#own.makeModule(rewritten, options, target)
    if (added) remember(this.#addedTo, module, added)
    return module
  }

  makeInstance(module: unknown, imports: unknown, target: Constructor): object {
    const instance = this.#own.makeInstance(module, imports, target)
    const added = recall(this.#addedTo, module) as Added | undefined
    if (added === undefined) return instance
    const all = this.#nativeExports(instance)
    this.#setTable(all[added.table], 0, this.#pause)
    remember(this.#exportsOf, instance, withoutAdded(all, added))
    if (added.start !== undefined) apply(all[added.start] as () => void, undefined, [])
    return instance
  }

  validate(source: unknown, options: unknown): boolean {
    if (!this.#own.validate(source, options)) return false
    try {
      interruptible(new NativeUint8Array(bytesOf(source)!))
      return true
    } catch {
      return false
    }
  }

  exportsOfModule(module: unknown): unknown {
    const all = this.#own.exportsOfModule(module) as unknown[]
    const added = recall(this.#addedTo, module) as Added | undefined
    if (added) all.length -= added.start === undefined ? 1 : 2
    return all
  }
}

export const interruptibleEngine = (namespace: typeof WebAssembly): WasmEngine => new InterruptibleEngine(namespace)
