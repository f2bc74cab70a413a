/**
 * Reads the binary format of WebAssembly (https://webassembly.github.io/spec/core/binary/) for the code that bounds and rewrites modules.
 * It does not validate: an engine does, before or after.
 */
import { NativeTypeError } from './primordials.ts'

export const NativeCompileError = globalThis.WebAssembly?.CompileError ?? NativeTypeError

const endsEarly = () => new NativeCompileError('WebAssembly: expected a module whose parts end where they say, got one that ends earlier.')

export class WasmReader {
  readonly bytes: Uint8Array
  readonly end: number
  at: number

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  byte(): number {
    if (this.at >= this.end) throw endsEarly()
    return this.bytes[this.at++]!
  }

  /** Unsigned LEB128. Numbers beyond 2^53 lose digits, which keeps them beyond every limit. */
  unsigned(): number {
    let value = 0
    for (let scale = 1, i = 0; i < 10; i++, scale *= 128) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw new NativeCompileError('WebAssembly: expected an integer of at most 10 bytes.')
  }

  /** Passes LEB128s, signed or not. */
  skipIntegers(count: number): void {
    for (let i = 0; i < count; i++) while (this.byte() >= 128);
  }

  skip(length: number): void {
    if (!(this.at + length <= this.end)) throw endsEarly()
    this.at += length
  }

  /** Passes a value type, storage type or block type: one byte, a type index, or `ref` and a heap type. */
  skipType(): void {
    const first = this.byte()
    if (first === 0x63 || first === 0x64 || first >= 128) this.skipIntegers(1)
  }

  /** A reader of the next `length` bytes, which this one passes. */
  part(length: number): WasmReader {
    const { at } = this
    this.skip(length)
    return new WasmReader(this.bytes, at, this.at)
  }
}
