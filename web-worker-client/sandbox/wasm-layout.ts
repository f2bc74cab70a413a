/** What must be known of a module to add to it without moving an index: how many of each kind it has, and which names are free. */
import { append, fromCharCode, NativeUint8Array } from './primordials.ts'
import { NativeCompileError, type WasmReader } from './wasm-reader.ts'

export const SECTION = { custom: 0, type: 1, import: 2, table: 4, global: 6, export: 7, start: 8, code: 10 } as const

export interface WasmSection {
  readonly id: number
  readonly contentAt: number
  readonly end: number
}

/** A name of an export: its bytes, each below 128, as a number of that base. */
export interface FreeName {
  readonly number: number
  readonly text: string
}

export interface WasmLayout {
  readonly sections: WasmSection[]
  types: number
  tables: number
  globals: number
  start: number | undefined
  /** Two names that no export has. */
  freeNames: readonly [FreeName, FreeName]
}

export const NAME_BYTES = 4
const nameOf = (number: number): FreeName => ({
  number,
  text: fromCharCode(number & 127, (number >> 7) & 127, (number >> 14) & 127, (number >> 21) & 127),
})

function skipFields(reader: WasmReader, count: number): void {
  for (let i = 0; i < count; i++) {
    reader.skipType()
    reader.byte()
  }
}

function skipTypes(reader: WasmReader): void {
  for (let left = reader.unsigned(); left > 0; left--) reader.skipType()
}

function skipDefinedType(reader: WasmReader): void {
  let form = reader.byte()
  if (form === 0x4f || form === 0x50) {
    reader.skipIntegers(reader.unsigned()) // the types it is a subtype of
    form = reader.byte()
  }
  if (form === 0x60) {
    skipTypes(reader)
    skipTypes(reader)
  } else if (form === 0x5f) skipFields(reader, reader.unsigned())
  else if (form === 0x5e) skipFields(reader, 1)
  else throw new NativeCompileError(`WebAssembly: expected a type that the sandbox knows, got form ${form}.`)
}

/** Types of a recursive group have an index each. */
function countTypes(reader: WasmReader): number {
  let count = 0
  for (let groups = reader.unsigned(); groups > 0; groups--) {
    let size = 1
    if (reader.bytes[reader.at] === 0x4e) {
      reader.byte()
      size = reader.unsigned()
    }
    count += size
    for (let i = 0; i < size; i++) skipDefinedType(reader)
  }
  return count
}

function skipLimits(reader: WasmReader): void {
  const flags = reader.byte()
  if (flags > 7) throw new NativeCompileError(`WebAssembly: expected limits that the sandbox knows, got form ${flags}.`)
  reader.skipIntegers((flags & 1) === 0 ? 1 : 2)
}

function countImports(reader: WasmReader, layout: WasmLayout): void {
  for (let left = reader.unsigned(); left > 0; left--) {
    reader.skip(reader.unsigned())
    reader.skip(reader.unsigned())
    const kind = reader.byte()
    if (kind === 0) reader.skipIntegers(1)
    else if (kind === 1) {
      reader.skipType()
      skipLimits(reader)
      layout.tables++
    } else if (kind === 2) skipLimits(reader)
    else if (kind === 3) {
      skipFields(reader, 1)
      layout.globals++
    } else if (kind === 4) reader.skipIntegers(2)
    else throw new NativeCompileError(`WebAssembly: expected an import that the sandbox knows, got kind ${kind}.`)
  }
}

/** The two smallest numbers that are no name: one more than the exports are enough to find them among. */
function freeNames(reader: WasmReader): WasmLayout['freeNames'] {
  const count = reader.unsigned()
  const taken = new NativeUint8Array(count + 2)
  for (let i = 0; i < count; i++) {
    const name = reader.part(reader.unsigned())
    reader.byte()
    reader.skipIntegers(1)
    if (name.end - name.at !== NAME_BYTES) continue
    const number = name.byte() + name.byte() * 2 ** 7 + name.byte() * 2 ** 14 + name.byte() * 2 ** 21
    if (number < count + 2) taken[number] = 1
  }
  let first = 0
  while (taken[first] === 1) first++
  let second = first + 1
  while (taken[second] === 1) second++
  return [nameOf(first), nameOf(second)]
}

function note(layout: WasmLayout, id: number, content: WasmReader): void {
  if (id === SECTION.type) layout.types = countTypes(content)
  else if (id === SECTION.import) countImports(content, layout)
  else if (id === SECTION.table) layout.tables += content.unsigned()
  else if (id === SECTION.global) layout.globals += content.unsigned()
  else if (id === SECTION.export) layout.freeNames = freeNames(content)
  else if (id === SECTION.start) layout.start = content.unsigned()
}

/** Reads the sections behind the module's header. */
export function readLayout(reader: WasmReader): WasmLayout {
  const freeFromStart = [nameOf(0), nameOf(1)] as const
  const layout: WasmLayout = { sections: [], types: 0, tables: 0, globals: 0, start: undefined, freeNames: freeFromStart }
  while (reader.at < reader.end) {
    const id = reader.byte()
    const content = reader.part(reader.unsigned())
    append(layout.sections, { id, contentAt: content.at, end: content.end })
    note(layout, id, content)
  }
  return layout
}
