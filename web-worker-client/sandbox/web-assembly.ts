/**
 * WebAssembly with bounded memory. An engine's own limits do not cover it (isolated-vm with a limit of 128 MB gave a job 2.1 GB), so the
 * constructors that make memories and modules are wrapped. Everything compiles synchronously: a worker has nothing else to do, and the
 * order of job code then does not depend on the engine's compiler threads.
 */
import { bytesOf, construct, define, deleteProperty, min, NativeTypeError, toBigInt, toNumber } from './primordials.ts'
import { boundMemorySection, tooLarge } from './wasm-memory-section.ts'

const PAGE_BYTES = 65536
type Constructor = new (...args: never[]) => object

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

/** Wraps `global.WebAssembly`; `memoryBytes()` is the limit of each memory of the unit that runs. */
export function installWebAssembly(global: object, memoryBytes: () => number): void {
  const namespace = (global as { WebAssembly?: typeof WebAssembly }).WebAssembly
  if (namespace === undefined) return
  const { Module: NativeModule, Instance, Memory: NativeMemory, validate } = namespace
  const compile = (source: unknown, options: unknown, target: unknown): object => {
    const bytes = bytesOf(source)
    if (bytes === undefined) throw new NativeTypeError('WebAssembly: expected an ArrayBuffer or a view of one.')
    return construct(NativeModule as never, [boundMemorySection(bytes, memoryBytes()), options], target as never) as object
  }
  function Module(source: unknown, options?: unknown): object {
    if (new.target === undefined) throw new NativeTypeError('WebAssembly.Module must be invoked with `new`.')
    return compile(source, options, new.target)
  }
  function Memory(descriptor: unknown): object {
    if (new.target === undefined) throw new NativeTypeError('WebAssembly.Memory must be invoked with `new`.')
    return construct(NativeMemory as never, [boundDescriptor(descriptor, memoryBytes() / PAGE_BYTES)], new.target as never) as object
  }
  for (const name of ['customSections', 'exports', 'imports'] as const) define(Module, name, NativeModule[name])
  replaceConstructor(namespace, 'Module', Module as never, NativeModule)
  replaceConstructor(namespace, 'Memory', Memory as never, NativeMemory as never)
  define(namespace, 'compile', async (source: unknown, options?: unknown) => compile(source, options, NativeModule))
  define(namespace, 'instantiate', async (source: unknown, imports?: unknown, options?: unknown) => {
    const isBytes = bytesOf(source) !== undefined
    const module = isBytes ? compile(source, options, NativeModule) : source
    const instance: unknown = construct(Instance as never, [module, imports])
    return isBytes ? { module, instance } : instance
  })
  define(namespace, 'validate', (source: unknown, options?: unknown) => (validate as (...args: unknown[]) => boolean)(source, options))
  for (const name of ['compileStreaming', 'instantiateStreaming', 'promising', 'Suspending', 'SuspendError'])
    deleteProperty(namespace, name)
}
