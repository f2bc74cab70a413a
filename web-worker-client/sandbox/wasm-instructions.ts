/**
 * How long each instruction of WebAssembly is, and what it means for counting (https://webassembly.github.io/spec/core/binary/instructions.html):
 * version 3.0 with SIMD, garbage collection, both forms of exceptions and tail calls, and the threads proposal. An instruction that is not
 * here is refused, since all that follows it could be read wrongly.
 */
import { NativeCompileError, type WasmReader } from './wasm-reader.ts'

/** What an instruction does, as bits beside the form of its immediates. */
export const LOOPS = 0x100
/** Opens a block, as loops do too. */
export const OPENS = 0x200
export const CLOSES = 0x400
export const CALLS = 0x800
/** Takes time by the length it is given, such as filling a memory. */
export const BULK = 0x1000

const NONE = 1
const ONE_INTEGER = 2
const TWO_INTEGERS = 3
/** Alignment, which may announce a memory, and offset. */
const MEMORY = 4
const MEMORY_AND_LANE = 5
const TYPE = 6
const TYPES = 7
const BYTE = 8
const FOUR_BYTES = 9
const EIGHT_BYTES = 10
const SIXTEEN_BYTES = 11
const LABELS = 12
const TYPE_AND_CATCHES = 13
const CAST = 14
const PREFIX = 15
const FORM = 0xff

type Rows = readonly (readonly [first: number, last: number, traits: number])[]

function table(rows: Rows): Uint16Array {
  const traits = new Uint16Array(320)
  for (const [first, last, value] of rows) traits.fill(value, first, last + 1)
  return traits
}

const PLAIN = table([
  [0x00, 0x01, NONE], // unreachable, nop
  [0x02, 0x02, TYPE | OPENS],
  [0x03, 0x03, TYPE | OPENS | LOOPS],
  [0x04, 0x04, TYPE | OPENS], // if
  [0x05, 0x05, NONE], // else
  [0x06, 0x06, TYPE | OPENS], // try
  [0x07, 0x09, ONE_INTEGER], // catch, throw, rethrow
  [0x0a, 0x0a, NONE], // throw_ref
  [0x0b, 0x0b, NONE | CLOSES], // end
  [0x0c, 0x0d, ONE_INTEGER], // br, br_if
  [0x0e, 0x0e, LABELS],
  [0x0f, 0x0f, NONE], // return
  [0x10, 0x10, ONE_INTEGER | CALLS],
  [0x11, 0x11, TWO_INTEGERS | CALLS], // call_indirect
  [0x12, 0x12, ONE_INTEGER | CALLS], // return_call
  [0x13, 0x13, TWO_INTEGERS | CALLS], // return_call_indirect
  [0x14, 0x15, ONE_INTEGER | CALLS], // call_ref, return_call_ref
  [0x18, 0x18, ONE_INTEGER | CLOSES], // delegate
  [0x19, 0x1b, NONE], // catch_all, drop, select
  [0x1c, 0x1c, TYPES], // select of a type
  [0x1f, 0x1f, TYPE_AND_CATCHES | OPENS], // try_table
  [0x20, 0x26, ONE_INTEGER], // locals, globals, tables
  [0x28, 0x3e, MEMORY], // loads and stores
  [0x3f, 0x3f, ONE_INTEGER],
  [0x40, 0x40, ONE_INTEGER | BULK], // memory.grow
  [0x41, 0x42, ONE_INTEGER], // i32.const, i64.const
  [0x43, 0x43, FOUR_BYTES],
  [0x44, 0x44, EIGHT_BYTES],
  [0x45, 0xc4, NONE], // arithmetic
  [0xd0, 0xd0, ONE_INTEGER], // ref.null
  [0xd1, 0xd1, NONE],
  [0xd2, 0xd2, ONE_INTEGER], // ref.func
  [0xd3, 0xd4, NONE],
  [0xd5, 0xd6, ONE_INTEGER], // br_on_null, br_on_non_null
  [0xfb, 0xfe, PREFIX],
])

/** Behind 0xfb: structures, arrays, casts. */
const REFERENCES = table([
  [0, 1, ONE_INTEGER], // struct.new, struct.new_default
  [2, 5, TWO_INTEGERS], // struct.get, struct.set
  [6, 7, ONE_INTEGER | BULK], // array.new, array.new_default
  [8, 8, TWO_INTEGERS], // array.new_fixed
  [9, 10, TWO_INTEGERS | BULK], // array.new_data, array.new_elem
  [11, 14, ONE_INTEGER], // array.get, array.set
  [15, 15, NONE],
  [16, 16, ONE_INTEGER | BULK], // array.fill
  [17, 19, TWO_INTEGERS | BULK], // array.copy, array.init_data, array.init_elem
  [20, 23, ONE_INTEGER], // ref.test, ref.cast
  [24, 25, CAST], // br_on_cast, br_on_cast_fail
  [26, 30, NONE],
])

/** Behind 0xfc: saturating truncations, memories and tables in bulk. */
const BULK_OPERATIONS = table([
  [0, 7, NONE],
  [8, 8, TWO_INTEGERS | BULK], // memory.init
  [9, 9, ONE_INTEGER], // data.drop
  [10, 10, TWO_INTEGERS | BULK], // memory.copy
  [11, 11, ONE_INTEGER | BULK], // memory.fill
  [12, 12, TWO_INTEGERS | BULK], // table.init
  [13, 13, ONE_INTEGER], // elem.drop
  [14, 14, TWO_INTEGERS | BULK], // table.copy
  [15, 15, ONE_INTEGER | BULK], // table.grow
  [16, 16, ONE_INTEGER],
  [17, 17, ONE_INTEGER | BULK], // table.fill
])

/** Behind 0xfd. */
const VECTORS = table([
  [0, 11, MEMORY],
  [12, 13, SIXTEEN_BYTES], // v128.const, i8x16.shuffle
  [14, 20, NONE],
  [21, 34, BYTE], // extract_lane, replace_lane
  [35, 83, NONE],
  [84, 91, MEMORY_AND_LANE],
  [92, 93, MEMORY],
  [94, 275, NONE],
])

/** Behind 0xfe. */
const ATOMICS = table([
  [0, 2, MEMORY], // notify, wait
  [3, 3, BYTE], // fence
  [16, 78, MEMORY],
])

function behindPrefix(prefix: number, code: number): number | undefined {
  if (prefix === 0xfb) return REFERENCES[code]
  if (prefix === 0xfc) return BULK_OPERATIONS[code]
  return prefix === 0xfd ? VECTORS[code] : ATOMICS[code]
}

function skipMemory(reader: WasmReader): void {
  const announcesMemory = (reader.unsigned() & 64) !== 0
  reader.skipIntegers(announcesMemory ? 2 : 1)
}

function skipCatches(reader: WasmReader): void {
  reader.skipType()
  for (let left = reader.unsigned(); left > 0; left--) {
    const ofOneTag = reader.byte() < 2
    reader.skipIntegers(ofOneTag ? 2 : 1)
  }
}

function skipImmediates(reader: WasmReader, form: number): void {
  if (form === ONE_INTEGER) reader.skipIntegers(1)
  else if (form === TWO_INTEGERS) reader.skipIntegers(2)
  else if (form === MEMORY) skipMemory(reader)
  else if (form === TYPE) reader.skipType()
  else if (form === BYTE) reader.skip(1)
  else if (form === FOUR_BYTES) reader.skip(4)
  else if (form === EIGHT_BYTES) reader.skip(8)
  else if (form === SIXTEEN_BYTES) reader.skip(16)
  else if (form === LABELS) reader.skipIntegers(reader.unsigned() + 1)
  else if (form === TYPES) for (let left = reader.unsigned(); left > 0; left--) reader.skipType()
  else if (form === TYPE_AND_CATCHES) skipCatches(reader)
  else if (form === MEMORY_AND_LANE) {
    skipMemory(reader)
    reader.skip(1)
  } else if (form === CAST) {
    reader.skip(1)
    reader.skipIntegers(3)
  }
}

/** Passes one instruction; gives what it does, as bits. */
export function readInstruction(reader: WasmReader): number {
  const first = reader.byte()
  let traits = PLAIN[first]
  let code = -1
  if (traits === PREFIX) {
    code = reader.unsigned()
    traits = behindPrefix(first, code)
  }
  if (traits === undefined || traits === 0) {
    const shown = code < 0 ? `${first}` : `${first} ${code}`
    throw new NativeCompileError(`WebAssembly: expected an instruction that the sandbox can count, got opcode ${shown}.`)
  }
  skipImmediates(reader, traits & FORM)
  return traits
}
