/**
 * Rewrites a WebAssembly module so that whatever it computes calls JavaScript again and again. WebKit ends a worker only where its code
 * enters JavaScript: a loop of WebAssembly survived `terminate()` and the frame, and took a core for as long as the tab lived.
 *
 * Added at the ends of their sections, so that no index moves: the type of a function of nothing, a counter, a table of one function, and
 * an export of that table for the caller to put the function in. At each fuel point the counter is lowered by what the point costs and,
 * when it is below zero, filled up again behind a call through the table. The table is empty until there is an instance, so a start function
 * is exported in place of being started; the caller starts it. An added import was rejected: it moves the index of every function. So was
 * counting in a local variable that takes slices from the counter: WebKit was no faster with it.
 *
 * `module` must be one that an engine has found valid: its own code could otherwise name what is added here, and fill the counter itself.
 */
import { type FuelPoint, fuelPoints } from './fuel-points.ts'
import { byteLengthOf } from './primordials.ts'
import { type FreeName, NAME_BYTES, readLayout, SECTION, type WasmLayout, type WasmSection } from './wasm-layout.ts'
import { WasmReader } from './wasm-reader.ts'
import { WasmWriter } from './wasm-writer.ts'

/** Bytes of code between two calls: about a millisecond of compiled code, some ten of interpreted code. */
const FUEL = 2 ** 20
const HEADER_BYTES = 8
const KIND = { function: 0, table: 1 } as const
/** Sections in the order a module has them in, by id: tags come before globals, the count of data segments before the code. */
const ORDER = [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11, 6]
const ADDED_TO = [SECTION.type, SECTION.table, SECTION.global, SECTION.export]

export interface InterruptibleModule {
  readonly bytes: Uint8Array
  /** Names of exports that the module had not; undefined when it has nothing to count, and `bytes` is what came. */
  readonly added: { readonly table: string; readonly start: string | undefined } | undefined
}

/** Counts at one point; `cost` changes none of its length. */
function writeCheck(out: WasmWriter, { types, tables, globals }: WasmLayout, cost: number): void {
  out.byte(0x23) // global.get
  out.unsigned(globals)
  out.byte(0x41) // i32.const
  out.fourBytes(cost < FUEL ? cost : FUEL)
  out.list([0x6b, 0x24]) // i32.sub, global.set
  out.unsigned(globals)
  out.byte(0x23)
  out.unsigned(globals)
  out.list([0x41, 0, 0x48, 0x04, 0x40, 0x41]) // i32.const 0, i32.lt_s, if, i32.const
  out.fourBytes(FUEL)
  out.byte(0x24)
  out.unsigned(globals)
  out.list([0x41, 0, 0x11]) // i32.const 0, call_indirect
  out.unsigned(types)
  out.unsigned(tables)
  out.byte(0x0b) // end
}

function writeFunction(out: WasmWriter, body: WasmReader, layout: WasmLayout, checkBytes: number): number {
  let from = body.at
  for (let groups = body.unsigned(); groups > 0; groups--) {
    body.unsigned()
    body.skipType()
  }
  const first = fuelPoints(body)
  let count = 0
  for (let point = first; point !== undefined; point = point.next) count++
  out.unsigned(body.end - from + count * checkBytes)
  for (let point: FuelPoint | undefined = first; point !== undefined; point = point.next) {
    out.copy(body.bytes, from, point.at)
    from = point.at
    writeCheck(out, layout, point.cost)
  }
  out.copy(body.bytes, from, body.end)
  return count
}

/** The content of the code section; undefined when it holds no fuel point. */
function writeCode(code: WasmReader, layout: WasmLayout): WasmWriter | undefined {
  const check = new WasmWriter()
  writeCheck(check, layout, 0)
  const out = new WasmWriter((code.end - code.at) * 2)
  const functions = code.unsigned()
  out.unsigned(functions)
  let points = 0
  for (let i = 0; i < functions; i++) points += writeFunction(out, code.part(code.unsigned()), layout, check.length)
  return points === 0 ? undefined : out
}

function writeExport(out: WasmWriter, { number }: FreeName, kind: number, index: number): void {
  out.byte(NAME_BYTES)
  for (let shift = 0; shift < 28; shift += 7) out.byte((number >> shift) & 127)
  out.byte(kind)
  out.unsigned(index)
}

/** Writes what a section gets at its end; gives how many entries that is. */
function writeAdded(out: WasmWriter, id: number, layout: WasmLayout): number {
  if (id === SECTION.type) out.list([0x60, 0, 0])
  if (id === SECTION.table) out.list([0x70, 1, 1, 1]) // funcref, from 1 to 1
  if (id === SECTION.global) {
    out.list([0x7f, 1, 0x41]) // i32, mutable, i32.const
    out.fourBytes(FUEL)
    out.byte(0x0b)
  }
  if (id !== SECTION.export) return 1
  const [table, start] = layout.freeNames
  writeExport(out, table, KIND.table, layout.tables)
  if (layout.start === undefined) return 1
  writeExport(out, start, KIND.function, layout.start)
  return 2
}

function writeSection(out: WasmWriter, id: number, content: WasmWriter): void {
  out.byte(id)
  out.unsigned(content.length)
  out.append(content)
}

/** The section with the module's own entries, when it has any, and the added ones. */
function writeLonger(out: WasmWriter, id: number, layout: WasmLayout, own?: WasmReader): void {
  const added = new WasmWriter()
  const more = writeAdded(added, id, layout)
  const content = new WasmWriter()
  content.unsigned((own?.unsigned() ?? 0) + more)
  if (own) content.copy(own.bytes, own.at, own.end)
  content.append(added)
  writeSection(out, id, content)
}

const readerOf = (module: Uint8Array, { contentAt, end }: WasmSection) => new WasmReader(module, contentAt, end)

function writeModule(module: Uint8Array, layout: WasmLayout, code: WasmWriter): Uint8Array {
  const out = new WasmWriter(byteLengthOf(module) + code.length)
  out.copy(module, 0, HEADER_BYTES)
  let nextAdded = 0
  const addBefore = (order: number) => {
    for (; nextAdded < ADDED_TO.length && ORDER[ADDED_TO[nextAdded]!]! < order; nextAdded++) writeLonger(out, ADDED_TO[nextAdded]!, layout)
  }
  for (let i = 0; i < layout.sections.length; i++) {
    const section = layout.sections[i]!
    const { id } = section
    if (id !== SECTION.custom) addBefore(ORDER[id]!)
    if (id === SECTION.start) continue
    if (id === SECTION.code) writeSection(out, id, code)
    else if (id === ADDED_TO[nextAdded]) {
      writeLonger(out, id, layout, readerOf(module, section))
      nextAdded++
    } else {
      const content = new WasmWriter()
      content.copy(module, section.contentAt, section.end)
      writeSection(out, id, content)
    }
  }
  return out.take()
}

/** Throws a WebAssembly.CompileError for a module that it cannot read to its end. `module` must cover its whole buffer. */
export function interruptible(module: Uint8Array): InterruptibleModule {
  const layout = readLayout(new WasmReader(module, HEADER_BYTES, byteLengthOf(module)))
  let code: WasmWriter | undefined
  for (let i = 0; i < layout.sections.length; i++) {
    const section = layout.sections[i]!
    if (section.id === SECTION.code) code = writeCode(readerOf(module, section), layout)
  }
  if (code === undefined) return { bytes: module, added: undefined }
  const [table, start] = layout.freeNames
  const added = { table: table.text, start: layout.start === undefined ? undefined : start.text }
  return { bytes: writeModule(module, layout, code), added }
}
