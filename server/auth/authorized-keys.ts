import { type BigIntStats, readFileSync, statSync } from 'node:fs'
import { fingerprintOf, publicKeyOf } from '../../sdk/identity/public-key.ts'

/** A key that may log in. */
export interface AuthorizedKey {
  /** Its fingerprint. */
  readonly key: string
  /** Name of the account it belongs to. */
  readonly account: string
}
export interface AuthorizedKeysOptions {
  /** The server's own key, a line as in a `.pub` file: that of the operator. */
  readonly ownKey: string
  /** Name of the operator's account. */
  readonly operator: string
  /** The file `authorized_keys`; it need not exist. */
  readonly file: string
  /** Told of lines that count for nothing, a sentence each. */
  readonly onWarning: (sentence: string) => void
}

/** Letters and digits of any script, dots, dashes, underscores and plus signs. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}._+-]{0,63}$/u
const MOST_BYTES = 1024 * 1024

/**
 * Who may log in at this server: its operator, and whoever stands in `authorized_keys` (the format of sshd: `ssh-ed25519 AAAA… name@machine`,
 * where the name is the account's). The file is read again whenever it has changed.
 */
export class AuthorizedKeys {
  readonly file: string
  readonly #options: AuthorizedKeysOptions
  readonly #operator: AuthorizedKey
  #stamp = ''
  #keys: ReadonlyMap<string, AuthorizedKey>

  private constructor(options: AuthorizedKeysOptions, operator: AuthorizedKey) {
    this.file = options.file
    this.#options = options
    this.#operator = operator
    this.#keys = new Map([[operator.key, operator]])
  }

  /** @throws Error when `ownKey` is no Ed25519 key */
  static async open(options: AuthorizedKeysOptions): Promise<AuthorizedKeys> {
    const own = publicKeyOf(options.ownKey.trim())
    if (!own) throw new Error('Expected `ssh-ed25519 AAAA…` in the public key of the home.')
    return new AuthorizedKeys(options, { key: await fingerprintOf(own.blob), account: options.operator })
  }

  /** Fingerprint of the server's own key. */
  get issuer(): string {
    return this.#operator.key
  }

  /** All that may log in now, by fingerprint; the same object as long as the file is the same. */
  async current(): Promise<ReadonlyMap<string, AuthorizedKey>> {
    const found = this.#look()
    const stamp = stampOf(found)
    if (stamp === this.#stamp) return this.#keys
    const keys = new Map([[this.#operator.key, this.#operator]])
    for (const [line, text] of this.#lines(found)) {
      const entry = await entryOf(text)
      if (typeof entry === 'string') this.#options.onWarning(`Line ${line} of ${this.file} counts for nothing: ${entry}`)
      else if (!keys.has(entry.key)) keys.set(entry.key, entry)
    }
    this.#stamp = stamp
    this.#keys = keys
    return keys
  }

  /** Where the system does not say what stands there, the operator logs in all the same. */
  #look(): Found {
    try {
      return statSync(this.file, { throwIfNoEntry: false, bigint: true })
    } catch (error) {
      return error as Error
    }
  }

  #lines(found: Found): [number, string][] {
    if (!found) return []
    try {
      const why = found instanceof Error ? String(found) : whyUnfit(found)
      if (why === undefined) return linesOf(readFileSync(this.file, 'utf8'))
      this.#options.onWarning(`Expected ${this.file} to be a file that nobody else may write, ${why}: nobody of it may log in.`)
    } catch (error) {
      this.#options.onWarning(`Expected to read ${this.file}: nobody of it may log in. ${String(error)}`)
    }
    return []
  }
}

type Found = BigIntStats | undefined | Error

/** Time alone does not do: two changes may fall into one tick of the file system's clock. */
function stampOf(found: Found): string {
  if (!found || found instanceof Error) return found ? String(found) : ''
  return [found.mtimeNs, found.ctimeNs, found.size, found.ino, found.mode, found.uid].join(' ')
}

/** As sshd asks: a file of another person is theirs to write whatever its mode says, and a device is read without end. */
function whyUnfit(found: BigIntStats): string | undefined {
  const mode = Number(found.mode & 0o777n)
  const uid = process.getuid?.()
  if (!found.isFile()) return 'it is something else'
  if (found.size > MOST_BYTES) return `it has more than ${MOST_BYTES} bytes; make it shorter`
  if (process.platform !== 'win32' && (mode & 0o022) !== 0) return `it is 0${mode.toString(8)}; chmod it to 600`
  if (uid !== undefined && found.uid !== BigInt(uid) && found.uid !== 0n) return `it belongs to user ${found.uid}; make it your own`
  return undefined
}

function linesOf(text: string): [number, string][] {
  const lines = text.split('\n').map((line, i): [number, string] => [i + 1, line.trim()])
  return lines.filter(([, line]) => line !== '' && !line.startsWith('#'))
}

async function entryOf(line: string): Promise<AuthorizedKey | string> {
  const parsed = publicKeyOf(line)
  if (!parsed) return 'Expected `ssh-ed25519 AAAA… name@machine` without options before it.'
  const account = parsed.comment.split('@')[0]?.normalize('NFC') ?? ''
  if (!NAME.test(account)) return 'Expected the name of an account, as in `name@machine`, behind the key.'
  return { key: await fingerprintOf(parsed.blob), account }
}
