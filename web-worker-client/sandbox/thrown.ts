/** What is kept of something that code threw. Reading it may run the code's getters, so every read is guarded. */
import { BUNDLE_NAME } from './loaded-export.ts'
import { indexOfText, sliceText, toText, toWellFormed } from './primordials.ts'

const NAME_CHARACTERS = 200
const MESSAGE_CHARACTERS = 2000
const STACK_CHARACTERS = 4000

export interface Thrown {
  readonly name: string
  readonly message: string
}

function textOf(value: unknown, key: string, most: number, change = (text: string) => text): string | undefined {
  try {
    const text = (value as Record<string, unknown>)[key]
    return typeof text === 'string' ? toWellFormed(sliceText(change(text), 0, most)) : undefined
  } catch {
    return undefined
  }
}

/** Name and message, the part that is compared. Never throws; runs at most the getters `name` and `message`. */
export function describeThrown(value: unknown): Thrown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    return { name: 'Error', message: toWellFormed(sliceText(toText(value), 0, MESSAGE_CHARACTERS)) }
  }
  const name = textOf(value, 'name', NAME_CHARACTERS) ?? 'Error'
  const message = textOf(value, 'message', MESSAGE_CHARACTERS) ?? 'The code threw an object without a readable message.'
  return { name, message }
}

/** Where an engine names the bundle by its whole text, in every line of a stack; undefined elsewhere. */
let bundleUrl: string | undefined
/** A longer one would make a stack of many megabytes, and is not looked at. */
const URL_CHARACTERS = 256 * 1024

/** Says by which URL stacks name the bundle. */
export function nameBundle(url: string): void {
  bundleUrl = url
}

function withoutUrl(text: string): string {
  if (bundleUrl === undefined) return text
  let short = ''
  let from = 0
  while (short.length < STACK_CHARACTERS) {
    const at = indexOfText(text, bundleUrl, from)
    if (at < 0) break
    short += sliceText(text, from, at) + BUNDLE_NAME
    from = at + bundleUrl.length
  }
  if (from === 0) return text
  // Below the bundle is only the harness, whose worker has such a URL too.
  const end = indexOfText(text, '\n', from)
  return short + sliceText(text, from, end < 0 ? from + STACK_CHARACTERS : end)
}

/** The stack, which differs between engines and travels beside the output. */
export function stackOf(value: unknown): string | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  if (bundleUrl !== undefined && bundleUrl.length > URL_CHARACTERS) return undefined
  return textOf(value, 'stack', STACK_CHARACTERS, withoutUrl)
}

/** Messages of a refused allocation in V8, SpiderMonkey and JavaScriptCore. */
const OUT_OF_MEMORY = [
  'Array buffer allocation failed',
  'out of memory',
  'Out of memory',
  'allocation size overflow',
  'WebAssembly.Memory(): could not allocate memory',
]

/** Whether a throw says that the device ran out of memory, which is no answer of the code: another device may have more. */
export function isOutOfMemory(thrown: Thrown): boolean {
  for (let i = 0; i < OUT_OF_MEMORY.length; i++) if (thrown.message === OUT_OF_MEMORY[i]) return true
  return false
}
