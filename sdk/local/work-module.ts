import { pathToFileURL } from 'node:url'
import type { WorkBundle } from '../work.ts'
import { bundleModule } from './bundle-module.ts'

/** What a module of this type takes and gives; without a type, anything. */
export type ModuleOf<Module> = Module extends { work: (input: infer Input, ...rest: never[]) => infer Output }
  ? WorkBundle<Input, Awaited<Output>>
  : WorkBundle

/**
 * A module of this machine as work: it exports `work(input, ctx)`, and is bundled with all it imports when a job is submitted: TypeScript, packages,
 * `.json`, `.wasm`, `.bin`, `.dat` (bytes), `.txt`, `.csv`, `.md` (text), and `dsage/math`, which is there where it runs.
 * `d.map(workModule<typeof import('./work.ts')>(new URL('./work.ts', import.meta.url)), inputs)`
 * What cannot be sent is refused when the job is waited for: BundleError with file and line, BadArgument when it does not export `work`.
 */
export function workModule<Module = undefined>(url: URL | string): ModuleOf<Module> {
  const from = url instanceof URL ? url : URL.canParse(url) ? new URL(url) : pathToFileURL(url)
  return { bundle: () => bundleModule(from) } as ModuleOf<Module>
}
