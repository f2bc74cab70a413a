/** What the harness's WebAssembly asks of the engine; the realm's own, or one that rewrites modules. */
import { construct } from './primordials.ts'

export type Constructor = new (...args: never[]) => object

export interface WasmEngine {
  /** Compiles `bytes`, which nobody else holds and which cover their whole buffer. */
  makeModule(bytes: Uint8Array, options: unknown, target: Constructor): object
  makeInstance(module: unknown, imports: unknown, target: Constructor): object
  /** Whether `makeModule` would compile it. */
  validate(source: unknown, options: unknown): boolean
  exportsOfModule(module: unknown): unknown
}

export function ownEngine({ Module, Instance, validate }: typeof WebAssembly): WasmEngine {
  const { exports } = Module
  return {
    makeModule: (bytes, options, target) => construct(Module as never, [bytes, options], target) as object,
    makeInstance: (module, imports, target) => construct(Instance as never, [module, imports], target) as object,
    validate: (source, options) => (validate as (...args: unknown[]) => boolean)(source, options),
    exportsOfModule: (module) => exports(module as WebAssembly.Module),
  }
}
