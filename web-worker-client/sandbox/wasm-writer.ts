import { bufferOf, byteLengthOf, floor, NativeUint8Array, setBytes } from './primordials.ts'

/** Bytes that grow at their end, with the integers of WebAssembly's binary format. */
export class WasmWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(capacity = 64) {
    this.#bytes = new NativeUint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#length++] = value
  }

  list(values: readonly number[]): void {
    for (let i = 0; i < values.length; i++) this.byte(values[i]!)
  }

  unsigned(value: number): void {
    let rest = value
    for (; rest >= 128; rest = floor(rest / 128)) this.byte((rest % 128) | 128)
    this.byte(rest)
  }

  /** A signed LEB128 of always four bytes, for 0 <= value < 2^27: what holds it has one length. */
  fourBytes(value: number): void {
    for (let shift = 0; shift < 21; shift += 7) this.byte(((value >> shift) & 127) | 128)
    this.byte(value >> 21)
  }

  /** The bytes of `source`, which covers its whole buffer, from `from` to before `end`. */
  copy(source: Uint8Array, from: number, end: number): void {
    this.#room(end - from)
    setBytes(this.#bytes, new NativeUint8Array(bufferOf(source), from, end - from), this.#length)
    this.#length += end - from
  }

  /** What was written, in a buffer of just that length. */
  take(): Uint8Array {
    const taken = new NativeUint8Array(this.#length)
    setBytes(taken, new NativeUint8Array(bufferOf(this.#bytes), 0, this.#length))
    return taken
  }

  /** Everything of `other`. */
  append(other: WasmWriter): void {
    this.copy(other.#bytes, 0, other.#length)
  }

  #room(more: number): void {
    const capacity = byteLengthOf(this.#bytes)
    const needed = this.#length + more
    if (needed <= capacity) return
    const larger = new NativeUint8Array(needed > capacity * 2 ? needed : capacity * 2)
    setBytes(larger, this.#bytes)
    this.#bytes = larger
  }
}
