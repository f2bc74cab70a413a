import bytes from './collatz.wasm'

const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
const longest = exports.longest as (first: bigint, last: bigint) => bigint

/** The number from `first` to `last` (without it) with the longest path, and its steps. */
export function work([first, last]: readonly [first: bigint, last: bigint]): { number: bigint; steps: bigint } {
  const both = longest(first, last)
  return { number: both >> 16n, steps: both & 0xffffn }
}
