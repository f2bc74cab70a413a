/** The binary notation of SSH (RFC 4251 §5): numbers of 32 bits and byte strings with their length before them. */

const toText = new TextDecoder()
const toBytes = new TextEncoder()

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => toBytes.encode(text)

/** Reads what was written; whatever is not there throws. */
export class SshReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /** @throws RangeError when there are fewer */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.#bytes.length - this.#at) throw new RangeError('It is shorter than it says.')
    this.#at += length
    return new Uint8Array(this.#bytes.subarray(this.#at - length, this.#at))
  }

  number(): number {
    return new DataView(this.take(4).buffer).getUint32(0)
  }

  string(): Uint8Array<ArrayBuffer> {
    return this.take(this.number())
  }

  text(): string {
    return toText.decode(this.string())
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

export function sshNumber(number: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, number)
  return bytes
}

export function sshString(content: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const bytes = typeof content === 'string' ? bytesOf(content) : content
  return concat([sshNumber(bytes.length), bytes])
}

/** @throws Error when it is no base64 */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/\s/g, '')), (character) => character.charCodeAt(0))

export const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))

/** The bytes between the lines `-----BEGIN name-----` and `-----END name-----`. @throws Error when they are not there */
export function unarmored(name: string, text: string): Uint8Array<ArrayBuffer> {
  const body = new RegExp(`^\\s*-----BEGIN ${name}-----\\s([A-Za-z0-9+/=\\s]+)-----END ${name}-----\\s*$`).exec(text)?.[1]
  if (body === undefined) throw new Error(`Expected ${name} between its BEGIN and END.`)
  return fromBase64(body)
}

export const armored = (name: string, bytes: Uint8Array): string =>
  `-----BEGIN ${name}-----\n${toBase64(bytes).replace(/.{70}(?=.)/g, '$&\n')}\n-----END ${name}-----\n`
