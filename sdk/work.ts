/** The shapes in which a researcher gives what volunteers compute. */

import { declareInModule } from './bundle/module.ts'
import { portablePowers } from './bundle/portable-powers.ts'
import { bundleWork, type Vars } from './bundle.ts'
import { BadArgument } from './errors.ts'
import type { WorkContext } from './work-context.ts'

/** A function that runs at a volunteer's: it is sent as text, so it must not use variables from outside itself but those in `vars`. */
export type WorkFunction<Input, Output> = (input: Input, context: WorkContext) => Output | Promise<Output>

/** An object whose methods are sent as text and whose fields as data; `this` is the object, made anew in each realm. */
export interface WorkObject<Input, Output> {
  work(input: Input, context: WorkContext): Output | Promise<Output>
}

/** A class that is made once in each realm, without arguments; it must not extend another. */
export type WorkClass<Input, Output> = new () => WorkObject<Input, Output>

/** Code that is already one ES module exporting `work(input, ctx)`: its text, or what gives it when the job is submitted. */
export interface WorkBundle<Input = never, Output = unknown> {
  readonly bundle: string | (() => Promise<string>)
  /** The part of it that you wrote: stacks of what it throws then tell places in that. @default all of it */
  readonly source?: string
  /** Never there: it only says what the module takes and gives. */
  readonly '~work'?: (input: Input) => Output
}

export type Work<Input, Output> =
  | WorkFunction<Input, Output>
  | WorkBundle<Input, Output>
  | WorkObject<Input, Output>
  | WorkClass<Input, Output>

/** Values that travel once with the code and are variables around it. */
export interface VarsOption {
  /**
   * Names and values: each name is a variable in scope of the code, and what has no input's form is refused. They travel once with the code, of which they
   * are part: at most 4 MiB as text. Of a function that runs for many inputs arrays and objects are frozen, and a Map, Set or typed array must not be
   * changed either; an expression has its own. @default none
   */
  readonly vars?: Vars | undefined
}

/** The text of the bundle of `work`. @throws BundleError, BadArgument */
export const codeOf = (work: Work<never, unknown>, vars?: Vars, nativeMath = false): string | Promise<string> =>
  portable(textOf(work, vars), nativeMath)

/**
 * A text, or the promise of one, with the powers of Numbers the same in every engine, unless its job has the engine's own. At once where it is there:
 * what is refused names its caller.
 */
export function portable(text: string | Promise<string>, nativeMath = false): string | Promise<string> {
  if (nativeMath) return text
  return typeof text === 'string' ? portablePowers(text) : text.then(portablePowers)
}

function textOf(work: Work<never, unknown>, vars: Vars | undefined): string | Promise<string> {
  if (typeof work === 'function') return bundleWork(work, vars)
  if (typeof work !== 'object' || work === null)
    throw new BadArgument(
      `Expected a function, a class, an object with \`work\`, or { bundle } with the text of an ES module; got ${String(work)}.`,
    )
  if ('work' in work || !('bundle' in work)) return bundleWork(work, vars)
  if (typeof work.bundle === 'string') return declareInModule(work.bundle, vars)
  if (typeof work.bundle === 'function') return work.bundle().then((text) => declareInModule(text, vars))
  throw new BadArgument('Expected `bundle` to be the text of an ES module that exports `work`, or a function that gives it.')
}

/** What the researcher wrote of it, where it is a text: places in stacks are told in that. */
export const sourceOf = (work: Work<never, unknown>): { source?: string } => {
  const source = typeof work === 'function' ? String(work) : 'source' in Object(work) ? (work as WorkBundle).source : undefined
  return typeof source === 'string' ? { source } : {}
}

/** Name of a job: that of its function or class, else its text. */
export const nameOf = (work: Work<never, unknown>): string =>
  typeof work !== 'function' ? 'map' : work.name === '' ? String(work) : work.name
