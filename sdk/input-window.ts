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
  readonly #kept = new Map<number, { readonly input: Input; readonly bytes: number }>()
  #oldest = 0
  #bytes = 0

  constructor(inputs: unknown) {
    this.#array = Array.isArray(inputs) ? inputs : undefined
  }

  /** Remembers input `index`; indices come in order, from 0. */
  add(index: number, input: Input, bytes: number): void {
    if (this.#array !== undefined) return
    this.#kept.set(index, { input, bytes })
    this.#bytes += bytes
    while (this.#kept.size > INPUTS_KEPT || this.#bytes > BYTES_KEPT) {
      this.#bytes -= this.#kept.get(this.#oldest)!.bytes
      this.#kept.delete(this.#oldest++)
    }
  }

  /** Input `index`, or undefined when it is no longer known. */
  get(index: number): Input | undefined {
    return this.#array === undefined ? this.#kept.get(index)?.input : this.#array[index]
  }
}
