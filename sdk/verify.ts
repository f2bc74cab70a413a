/** What says whether an output is right, where checking is cheap: it is sent beside the work and runs at the server. */
import { BundleError, bundleCalls, type Vars } from './bundle.ts'
import { BadArgument } from './errors.ts'
import { LIMITS } from './protocol.ts'
import { codeOf, type WorkBundle } from './work.ts'

/** True where `output` is right for `input`. It is sent as text, like work; of a module, `work([input, output])` is called. */
export type Verify<Input, Output> =
  | ((input: Input, output: Output) => boolean | Promise<boolean>)
  | WorkBundle<readonly [input: Input, output: Output], boolean | Promise<boolean>>

/** Any of them. */
export type AnyVerify = Verify<never, never>

export interface VerifyOption<Input = never, Output = never> {
  /**
   * Called with each input and the value a device computed of it, in a sandbox at the server: true seals the value at once, whoever computed it; false, or
   * a throw, has it computed by another device. It uses `vars` as the work does; for a unit it has 10 seconds and 128 megabytes, in all a quarter of a
   * thread. One that does not end or says neither pauses the job, and so does one that refuses a device of your own. What the work throws is still
   * decided by `redundancy`. At most 256 KiB as text. @default agreement decides
   */
  readonly verify?: Verify<Input, Output> | undefined
}

/** The text of the module that is sent. @throws BundleError, BadArgument as for work */
export function verifyText(verify: AnyVerify | undefined, vars?: Vars): string | undefined | Promise<string> {
  if (verify === undefined) return undefined
  if (typeof verify === 'function') return fitting(bundleCalls(verify, vars, 'function `verify`'))
  if (typeof verify !== 'object' || verify === null || !('bundle' in verify))
    throw new BadArgument(`Expected \`verify\` to be a function (input, output) => true or false, or a module; got ${String(verify)}.`)
  const text = codeOf(verify, vars)
  return typeof text === 'string' ? fitting(text) : text.then(fitting)
}

function fitting(text: string): string {
  const { length } = new TextEncoder().encode(text)
  if (length <= LIMITS.verifyBytes) return text
  const sentence = `Expected \`verify\` with its \`vars\` to fit into ${LIMITS.verifyBytes} bytes, got ${length}; make what it needs part of each input.`
  throw new BundleError('too-large', sentence)
}
