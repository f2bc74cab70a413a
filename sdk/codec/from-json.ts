import { Rational } from '../math/rational.ts'
import { CodecError } from './codec-error.ts'
import { kindByName, MAX_DEPTH } from './format.ts'
import { isBare } from './to-json.ts'

/**
 * The value that `toJson` wrote, or that somebody wrote by the table of `sdk/json.ts`; nothing is shared with `json`.
 * @throws CodecError `malformed` with the path
 */
export function fromJson(json: unknown): unknown {
  return new Reader().value(json)
}

const TAGS =
  'one of $int, $number, $bytes, $rational, $date, $map, $set, $undefined and the typed arrays; a key of your own that begins with $ takes one more'

class Reader {
  readonly #path: (string | number)[] = []

  value(json: unknown): unknown {
    if (json === null || typeof json === 'boolean' || typeof json === 'string') return json
    if (typeof json === 'number') return this.#number(json)
    if (typeof json !== 'object') throw this.#refusal('a JSON value', typeof json)
    if (this.#path.length > MAX_DEPTH * 3) throw this.#refusal(`at most ${MAX_DEPTH} levels`, 'more')
    return Array.isArray(json) ? this.#list(json) : this.#object(json as Readonly<Record<string, unknown>>)
  }

  #number(json: number): number {
    if (isBare(json) || Object.is(json, -0)) return json
    throw this.#refusal(
      'an integer of at most 2^53 - 1',
      'a greater one; write {"$int":"…"} if it is exact, {"$number":"…"} if it is a float',
    )
  }

  #list(json: readonly unknown[]): unknown[] {
    return json.map((member, i) => this.#at(i, () => this.value(member)))
  }

  #object(json: Readonly<Record<string, unknown>>): unknown {
    const keys = Object.keys(json)
    const tag = keys.find((key) => key.startsWith('$') && !key.startsWith('$$'))
    if (tag !== undefined) {
      if (keys.length > 1) throw this.#refusal(`nothing beside ${quoted(tag)}`, `${keys.length} keys`)
      return this.#at(tag, () => this.#tagged(tag, json[tag]))
    }
    return Object.fromEntries(keys.map((key) => [key.startsWith('$') ? key.slice(1) : key, this.#at(key, () => this.value(json[key]))]))
  }

  #tagged(tag: string, json: unknown): unknown {
    if (tag === '$int') return BigInt(this.#text(json, /^(0|-?[1-9]\d*)$/, 'a decimal integer as a string'))
    if (tag === '$number') return this.#special(json)
    if (tag === '$bytes') return this.#bytes(json)
    if (tag === '$rational') return this.#rational(json)
    if (tag === '$date') return this.#date(json)
    if (tag === '$map') return this.#map(json)
    if (tag === '$set') return this.#set(json)
    if (tag === '$undefined' && json === true) return undefined
    const make = kindByName(tag.slice(1))?.make as TypedArrayMaker | undefined
    if (!make) throw this.#refusal(TAGS, quoted(tag))
    return this.#typedArray(make, this.#list(this.#array(json)))
  }

  #special(json: unknown): number {
    const number = typeof json === 'string' ? Number(json) : 0
    if (!isBare(number) && (Object.is(number, -0) ? '-0' : `${number}`) === json) return number
    throw this.#refusal('"NaN", "Infinity", "-Infinity", "-0" or a float beyond 2^53 - 1 as JavaScript writes it', describe(json))
  }

  #bytes(json: unknown): Uint8Array {
    const text = this.#text(json, /^[A-Za-z0-9+/]*={0,2}$/, 'base64')
    const binary = text.length % 4 === 0 ? atob(text) : ''
    if (btoa(binary) !== text) throw this.#refusal('base64 with padding', 'another form')
    const bytes = new Uint8Array(binary.length)
    for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i)
    return bytes
  }

  #rational(json: unknown): Rational {
    const [numerator, denominator] = this.#text(json, /^(0|-?[1-9]\d*)\/[1-9]\d*$/, 'a fraction such as "-3/4"').split('/')
    return Rational.received(BigInt(numerator!), BigInt(denominator!))
  }

  #date(json: unknown): Date {
    const date = new Date(typeof json === 'string' ? json : Number.NaN)
    if (Number.isNaN(date.getTime()) || date.toISOString() !== json)
      throw this.#refusal('an instant like "2026-11-20T12:00:00.000Z"', describe(json))
    return date
  }

  #map(json: unknown): Map<unknown, unknown> {
    const entries = this.#list(this.#array(json))
    for (const entry of entries)
      if (!Array.isArray(entry) || entry.length !== 2) throw this.#refusal('a list of [key, value]', 'another entry')
    const map = new Map(entries as [unknown, unknown][])
    if (map.size !== entries.length) throw this.#refusal('each key once', 'one twice')
    return map
  }

  #set(json: unknown): Set<unknown> {
    const members = this.#list(this.#array(json))
    const set = new Set(members)
    if (set.size !== members.length) throw this.#refusal('each member once', 'one twice')
    return set
  }

  /** Elements that the kind would wrap, clamp or round are refused: what is read is what was written. */
  #typedArray(Kind: TypedArrayMaker, elements: unknown[]): ArrayBufferView {
    const type = Kind.name.startsWith('Big') ? 'bigint' : 'number'
    if (elements.some((element) => typeof element !== type)) throw this.#refusal(`elements of a ${Kind.name}`, 'something else')
    const array = Kind.from(elements as number[])
    const wrong = elements.findIndex((element, i) => !Object.is((array as unknown as ArrayLike<number>)[i], element))
    if (wrong >= 0) throw this.#refusal(`elements of a ${Kind.name}`, `${elements[wrong]}, which it cannot hold`)
    return array
  }

  #array(json: unknown): readonly unknown[] {
    if (Array.isArray(json)) return json
    throw this.#refusal('a list', describe(json))
  }

  #text(json: unknown, form: RegExp, expected: string): string {
    if (typeof json === 'string' && form.test(json)) return json
    throw this.#refusal(expected, describe(json))
  }

  #at<Value>(key: string | number, read: () => Value): Value {
    this.#path.push(key)
    const value = read()
    this.#path.pop()
    return value
  }

  #refusal(expected: string, got: string): CodecError {
    const path = `$${this.#path.map((key) => `[${typeof key === 'number' ? key : quoted(key)}]`).join('')}`
    return new CodecError('malformed', `Expected ${expected} at ${path.slice(0, 200)}, got ${got}.`, { path })
  }
}

interface TypedArrayMaker {
  readonly name: string
  from(elements: readonly number[]): ArrayBufferView
}
const quoted = (text: string): string => JSON.stringify(text.slice(0, 50))
const describe = (json: unknown): string =>
  typeof json === 'string' ? quoted(json) : json === null ? 'null' : Array.isArray(json) ? 'a list' : `a value of type ${typeof json}`
