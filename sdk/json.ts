/**
 * Values <-> JSON, for REST and downloads: everything the codec carries, one form for each value, nothing lost (DESIGN §6).
 *
 * | value | JSON |
 * |---|---|
 * | null, booleans, strings | themselves |
 * | number | itself when `|x| <= 2^53 - 1` or not integral |
 * | NaN, ±Infinity, -0, a number that is an integer beyond 2^53 - 1 | `{"$number":"NaN"}`, `{"$number":"-0"}`, `{"$number":"1e+300"}` as JavaScript writes it |
 * | BigInt, always, so that `5n` and `5` stay apart | `{"$int":"5"}`, decimal |
 * | Rational | `{"$rational":"-3/4"}`, an integer as `"5/1"` |
 * | undefined | `{"$undefined":true}` |
 * | Uint8Array | `{"$bytes":"AQI="}`, base64 of RFC 4648 with padding |
 * | other typed arrays | `{"$Float64Array":[1,{"$number":"NaN"}]}`, their elements; so for each name |
 * | Date | `{"$date":"2026-11-20T12:00:00.000Z"}`, as `toISOString` writes it |
 * | Map, Set | `{"$map":[[key,value]]}`, `{"$set":[member]}` |
 * | array | array |
 * | plain object | object; a key that begins with `$` is written with one `$` more: `{"$$int":"5"}` is an object with the key `$int` |
 *
 * A bare integer beyond 2^53 - 1 is refused when it is read: a reader of JSON has rounded it already, and only its writer knows whether
 * it was exact (`$int`) or a float (`$number`).
 */
export { fromJson } from './codec/from-json.ts'
export { type JsonValue, toJson } from './codec/to-json.ts'
