/** What is kept of something that code threw. Reading it may run the code's getters, so every read is guarded. */
import { sliceText, toText, toWellFormed } from './primordials.ts'

const NAME_CHARACTERS = 200
const MESSAGE_CHARACTERS = 2000
const STACK_CHARACTERS = 4000

export interface Thrown {
  readonly name: string
  readonly message: string
}

function textOf(value: unknown, key: string, most: number): string | undefined {
  try {
    const text = (value as Record<string, unknown>)[key]
    return typeof text === 'string' ? toWellFormed(sliceText(text, 0, most)) : undefined
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

/** The stack, which differs between engines and travels beside the output. */
export function stackOf(value: unknown): string | undefined {
  return (typeof value === 'object' || typeof value === 'function') && value !== null ? textOf(value, 'stack', STACK_CHARACTERS) : undefined
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
