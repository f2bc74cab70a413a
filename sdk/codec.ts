/**
 * Values <-> bytes: RFC 8949 core deterministic CBOR with one form for each value (DESIGN §6).
 *
 * | value | bytes |
 * |---|---|
 * | number | integer when integral, |x| <= 2^53 - 1 and not -0; else the shortest of the three floats; one NaN |
 * | BigInt | tag 2 or 3, always, so that `5n` and `5` stay apart |
 * | undefined, null, booleans, string | f7, f6, f4/f5, UTF-8 text |
 * | Uint8Array (a Buffer too) | byte string |
 * | other typed arrays | RFC 8746 tags, little-endian; every NaN in them is written as the one NaN |
 * | Rational | tag 30 with numerator and denominator, both as BigInts |
 * | Date | tag 1, seconds; an invalid one is refused |
 * | array, plain object | array, map with text keys sorted by their encoding; `__proto__` is a key like any other |
 * | Map, Set | tags 259 and 258, sorted by encoded key |
 *
 * Refused with the path to the value: functions, symbols, Errors and other class instances, ArrayBuffer and DataView (their type would
 * be lost: wrap them in a Uint8Array), cycles, accessors, holes, lone surrogates, symbol keys, more than 256 levels. Properties of an
 * array beside its elements are not carried, as with JSON; an object without prototype comes back with the ordinary one.
 */
export { alike, type Closeness } from './codec/alike.ts'
export { CodecError, type CodecErrorCode } from './codec/codec-error.ts'
export { decode } from './codec/decode.ts'
export { type EncodeOptions, encode } from './codec/encode.ts'
export { encodeItem, ItemList } from './codec/list-items.ts'
export {
  decodeOutputs,
  eachOutput,
  encodeOutputs,
  inspectOutputs,
  type OutputCounts,
  type OutputItem,
  OutputList,
} from './codec/outputs.ts'
export { pairsOf } from './codec/pairs.ts'
