/**
 * Bounds the memories that a WebAssembly module declares (https://webassembly.github.io/spec/core/binary/modules.html#memory-section):
 * a maximum above the limit, or none, becomes the limit, so `memory.grow` fails there as the specification allows. Refusing such modules
 * was rejected: compilers emit memories without a maximum by default. Only the memory section is rewritten. A module whose sections do not
 * end where it ends is passed on, for the engine to refuse; a memory section in a form unknown here is refused.
 */
import { append, byteLengthOf, floor, isNotANumber, min, NativeRangeError, NativeUint8Array } from './primordials.ts'
import { NativeCompileError } from './wasm-reader.ts'

const PAGE_BYTES = 65536
const MEMORY_SECTION = 5
const HEADER_BYTES = 8
const HAS_MAXIMUM = 1
const IS_SHARED = 2
const IS_64_BIT = 4

interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

/** Unsigned LEB128; NaN where the bytes end too early. Numbers beyond 2^53 lose digits, which keeps them beyond every limit. */
function readUnsigned(cursor: Cursor): number {
  let value = 0
  for (let scale = 1, i = 0; i < 10; i++, scale *= 128) {
    const byte = cursor.bytes[cursor.at++]
    if (byte === undefined) return Number.NaN
    value += (byte & 127) * scale
    if (byte < 128) return value
  }
  return Number.NaN
}

function writeUnsigned(out: number[], value: number): void {
  for (; value >= 128; value = floor(value / 128)) append(out, (value % 128) | 128)
  append(out, value)
}

/** The section's content with every maximum bounded; undefined when it is not well formed. */
function boundedMemories(cursor: Cursor, end: number, limitBytes: number): number[] | undefined {
  const out: number[] = []
  const limitPages = floor(limitBytes / PAGE_BYTES)
  const count = readUnsigned(cursor)
  if (!(count <= 1000)) return undefined
  writeUnsigned(out, count)
  for (let i = 0; i < count; i++) {
    const flags = cursor.bytes[cursor.at++]!
    if ((flags & IS_SHARED) !== 0)
      throw new NativeRangeError('WebAssembly: expected memory of one thread, got a shared memory, which the sandbox refuses.')
    if (flags > (HAS_MAXIMUM | IS_64_BIT)) return undefined
    const initial = readUnsigned(cursor)
    const maximum = (flags & HAS_MAXIMUM) === 0 ? limitPages : readUnsigned(cursor)
    if (isNotANumber(initial) || isNotANumber(maximum)) return undefined
    if (initial > limitPages) throw tooLarge(initial, limitPages)
    append(out, flags | HAS_MAXIMUM)
    writeUnsigned(out, initial)
    writeUnsigned(out, min(maximum, limitPages))
  }
  return cursor.at === end ? out : undefined
}

/** The refusal of a memory that starts above the job's limit. */
export function tooLarge(initialPages: number, limitPages: number): RangeError {
  return new NativeRangeError(
    `WebAssembly: expected a memory of at most ${limitPages} pages of 64 KiB, got ${initialPages}: raise the job's memoryMegabytes.`,
  )
}

/**
 * A copy of `module` whose memories cannot grow beyond `limitBytes`. Throws a RangeError for shared memories and for ones that start above
 * it, a WebAssembly.CompileError for a memory section it cannot read.
 */
export function boundMemorySection(module: Uint8Array, limitBytes: number): Uint8Array {
  const copy = new NativeUint8Array(module)
  const length = byteLengthOf(copy)
  const cursor: Cursor = { bytes: copy, at: HEADER_BYTES }
  while (cursor.at < length) {
    const start = cursor.at
    const kind = copy[cursor.at++]
    const size = readUnsigned(cursor)
    const end = cursor.at + size
    if (!(end <= length)) return copy
    if (kind === MEMORY_SECTION) {
      const content = boundedMemories(cursor, end, limitBytes)
      if (content === undefined) throw new NativeCompileError('WebAssembly: expected a memory section that the sandbox can read and bound.')
      return splice(copy, length, start, end, content)
    }
    cursor.at = end
  }
  return copy
}

function splice(module: Uint8Array, length: number, start: number, end: number, content: number[]): Uint8Array {
  const head: number[] = [MEMORY_SECTION]
  writeUnsigned(head, content.length)
  const spliced = new NativeUint8Array(start + head.length + content.length + length - end)
  let at = 0
  for (let i = 0; i < start; i++) spliced[at++] = module[i]!
  for (let i = 0; i < head.length; i++) spliced[at++] = head[i]!
  for (let i = 0; i < content.length; i++) spliced[at++] = content[i]!
  for (let i = end; i < length; i++) spliced[at++] = module[i]!
  return spliced
}
