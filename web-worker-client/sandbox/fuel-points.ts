/**
 * Where a function must count so that it cannot run on without counting, and how much. A point stands at the start of each loop, which
 * every way back leads through, and one at the start of the function, since calls alone can take for ever: in tail calls, or in functions
 * that each call the next one twice. A point pays for what runs until the next: the code between, by its bytes, with a surcharge for calls
 * and for what takes time by its length. Counting once per loop whatever is in it was rejected: one turn of a loop can be megabytes of
 * code, or a thousand fillings of the whole memory.
 */
import { BULK, CALLS, CLOSES, LOOPS, OPENS, readInstruction } from './wasm-instructions.ts'
import { NativeCompileError, type WasmReader } from './wasm-reader.ts'

/** What a call pays for the function it calls, which in turn starts without a point when it costs no more outside of its loops. */
const CALL_COST = 256
/** Filling 64 MiB takes about 10 ms: what passes between two pauses, 32 such, stays well below a second. */
const BULK_COST = 2 ** 15

export interface FuelPoint {
  /** Where in the module the counting goes: before this byte. */
  readonly at: number
  cost: number
  next: FuelPoint | undefined
}

interface Block {
  /** What pays for the code in it. */
  readonly point: FuelPoint
  readonly outer: Block | undefined
}

const pointAt = (at: number): FuelPoint => ({ at, cost: 0, next: undefined })

function surcharge(traits: number): number {
  if ((traits & CALLS) !== 0) return CALL_COST
  return (traits & BULK) === 0 ? 0 : BULK_COST
}

/** The points of the function whose instructions `reader` covers, in their order. */
export function fuelPoints(reader: WasmReader): FuelPoint | undefined {
  const entry = pointAt(reader.at)
  let last = entry
  let block: Block | undefined = { point: entry, outer: undefined }
  while (block !== undefined) {
    const from = reader.at
    const traits = readInstruction(reader)
    block.point.cost += reader.at - from + surcharge(traits)
    if ((traits & LOOPS) !== 0) {
      const point = pointAt(reader.at)
      last.next = point
      last = point
      block = { point, outer: block }
    } else if ((traits & OPENS) !== 0) block = { point: block.point, outer: block }
    else if ((traits & CLOSES) !== 0) block = block.outer
  }
  if (reader.at !== reader.end) throw new NativeCompileError('WebAssembly: expected a function that ends with its last block.')
  return entry.cost > CALL_COST ? entry : entry.next
}
