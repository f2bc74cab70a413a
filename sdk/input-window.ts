/**
 * The inputs shown beside results. An array is the researcher's own and stays reachable by index at no cost; of any other source only the latest
 * inputs are kept, so that an endless one does not fill the memory.
 */

/** Inputs kept of a source that is not an array. */
const INPUTS_KEPT = 100_000
/** Bytes of their encoded form, at most. */
const BYTES_KEPT = 16 * 1024 * 1024

export class InputWindow<Input> {
  readonly #array: ArrayLike<Input> | undefined
  /** Rings: input i stands at i mod INPUTS_KEPT. An object an input would survive the collector's young generation a million times. */
  readonly #inputs: (Input | undefined)[] = []
  readonly #sizes: number[] = []
  #oldest = 0
  #next = 0
  #bytes = 0

  constructor(inputs: unknown) {
    this.#array = Array.isArray(inputs) ? inputs : undefined
  }

  /** Remembers input `index`; indices come in order, from 0. */
  add(index: number, input: Input, bytes: number): void {
    if (this.#array !== undefined) return
    this.#next = index + 1
    this.#bytes += bytes
    while (this.#next - this.#oldest > INPUTS_KEPT || this.#bytes > BYTES_KEPT) this.#forgetOldest()
    this.#inputs[index % INPUTS_KEPT] = input
    this.#sizes[index % INPUTS_KEPT] = bytes
  }

  /** Input `index`, or undefined when it is no longer known. */
  get(index: number): Input | undefined {
    if (this.#array !== undefined) return this.#array[index]
    return index >= this.#oldest && index < this.#next ? this.#inputs[index % INPUTS_KEPT] : undefined
  }

  #forgetOldest(): void {
    const place = this.#oldest++ % INPUTS_KEPT
    this.#bytes -= this.#sizes[place] ?? 0
    this.#inputs[place] = undefined
  }
}
