/**
 * WebAssembly with bounded memory. An engine's own limits do not cover it (isolated-vm with a limit of 128 MB gave a job 2.1 GB), so the
 * constructors that make memories and modules are wrapped. Everything compiles synchronously: a worker has nothing else to do, and the
 * order of job code then does not depend on the engine's compiler threads.
 */
import { bytesOf, construct, define, deleteProperty, min, NativeTypeError, toBigInt, toNumber } from './primordials.ts'
import { type Constructor, ownEngine, type WasmEngine } from './wasm-engine.ts'
import { boundMemorySection, tooLarge } from './wasm-memory-section.ts'

const PAGE_BYTES = 65536

function replaceConstructor(namespace: object, name: string, wrapped: Constructor, native: Constructor): void {
  Object.defineProperty(wrapped, 'prototype', { value: native.prototype, writable: false })
  Object.defineProperty(wrapped, 'name', { value: name })
  define(native.prototype, 'constructor', wrapped)
  define(namespace, name, wrapped)
}

function boundDescriptor(descriptor: unknown, limitPages: number): object {
  if (typeof descriptor !== 'object' || descriptor === null)
    throw new NativeTypeError('WebAssembly.Memory: expected a descriptor with `initial`.')
  const { initial, minimum, maximum, shared, address } = descriptor as Record<string, unknown>
  if (shared) throw new NativeTypeError('WebAssembly.Memory: expected memory of one thread, got `shared: true`, which the sandbox refuses.')
  const wide = address === 'i64'
  const least = initial ?? minimum
  const pages = toNumber(least)
  if (pages > limitPages) throw tooLarge(pages, limitPages)
  const most = maximum === undefined ? limitPages : toNumber(maximum)
  const bounded = min(most, limitPages)
  if (!wide) return { __proto__: null, initial: least, maximum: bounded }
  return { __proto__: null, address, initial: least, maximum: toBigInt(bounded) }
}

function wrapClasses(namespace: typeof WebAssembly, engine: WasmEngine, compile: Compile, memoryBytes: () => number): void {
  const { Module: NativeModule, Instance: NativeInstance, Memory: NativeMemory } = namespace
  function Module(source: unknown, options?: unknown): object {
    if (new.target === undefined) throw new NativeTypeError('WebAssembly.Module must be invoked with `new`.')
    return compile(source, options, new.target as never)
  }
  function Instance(module: unknown, imports?: unknown): object {
    if (new.target === undefined) throw new NativeTypeError('WebAssembly.Instance must be invoked with `new`.')
    return engine.makeInstance(module, imports, new.target as never)
  }
  function Memory(descriptor: unknown): object {
    if (new.target === undefined) throw new NativeTypeError('WebAssembly.Memory must be invoked with `new`.')
    return construct(NativeMemory as never, [boundDescriptor(descriptor, memoryBytes() / PAGE_BYTES)], new.target as never) as object
  }
  for (const name of ['customSections', 'imports'] as const) define(Module, name, NativeModule[name])
  define(Module, 'exports', (module: unknown) => engine.exportsOfModule(module))
  replaceConstructor(namespace, 'Module', Module as never, NativeModule)
  replaceConstructor(namespace, 'Instance', Instance as never, NativeInstance as never)
  replaceConstructor(namespace, 'Memory', Memory as never, NativeMemory as never)
}

type Compile = (source: unknown, options: unknown, target: Constructor) => object

/**
 * Wraps `global.WebAssembly`; `memoryBytes()` is the limit of each memory of the unit that runs.
 * @param engineOf what compiles and instantiates. @default the realm's own engine
 */
export function installWebAssembly(
  global: object,
  memoryBytes: () => number,
  engineOf: (namespace: typeof WebAssembly) => WasmEngine = ownEngine,
): void {
  const namespace = (global as { WebAssembly?: typeof WebAssembly }).WebAssembly
  if (namespace === undefined) return
  const { Module: NativeModule, Instance: NativeInstance } = namespace
  const engine = engineOf(namespace)
  const compile: Compile = (source, options, target) => {
    const bytes = bytesOf(source)
    if (bytes === undefined) throw new NativeTypeError('WebAssembly: expected an ArrayBuffer or a view of one.')
    return engine.makeModule(boundMemorySection(bytes, memoryBytes()), options, target)
  }
  wrapClasses(namespace, engine, compile, memoryBytes)
  define(namespace, 'compile', async (source: unknown, options?: unknown) => compile(source, options, NativeModule as never))
  define(namespace, 'instantiate', async (source: unknown, imports?: unknown, options?: unknown) => {
    const isBytes = bytesOf(source) !== undefined
    const module = isBytes ? compile(source, options, NativeModule as never) : source
    const instance = engine.makeInstance(module, imports, NativeInstance as never)
    return isBytes ? { module, instance } : instance
  })
  define(namespace, 'validate', (source: unknown, options?: unknown) => engine.validate(source, options))
  for (const name of ['compileStreaming', 'instantiateStreaming', 'promising', 'Suspending', 'SuspendError'])
    deleteProperty(namespace, name)
}
