/** The text of keys, with and without a passphrase. sshpk reads and writes them as OpenSSH does; it is loaded when it is needed, it is slow to load. */
import { generateKeyPairSync } from 'node:crypto'
import { BadKey } from '../errors.ts'
import { damaged, keyContainerOf, privateKeyOf, signingKeyOf } from '../identity/private-key.ts'
import { publicLineOf } from '../identity/public-key.ts'
import { printable } from '../printable.ts'

export interface KeyTexts {
  /** OpenSSH's format, encrypted when a passphrase was given. */
  readonly privateKey: string
  /** `ssh-ed25519 AAAA… comment` */
  readonly publicKey: string
}

/** What ssh-keygen takes by itself, and the library does not. */
const CIPHER = 'aes256-ctr'
/** What the library can open. */
const OPENED = /^(3des-cbc|aes(128|192|256)-(cbc|ctr))$/

export async function makeKeyTexts(comment: string, passphrase?: string): Promise<KeyTexts> {
  const { default: sshpk } = await import('sshpk')
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
  const key = sshpk.parsePrivateKey(pem, 'pkcs8')
  key.comment = comment
  const privateKey = key.toBuffer('openssh', passphrase === undefined ? {} : { passphrase, cipher: CIPHER }).toString('ascii')
  return { privateKey, publicKey: publicKeyText(privateKey, comment) }
}

/** The public half, which needs no passphrase. @throws BadKey */
export const publicKeyText = (privateKey: string, comment: string, where = 'the key'): string =>
  `${publicLineOf(keyContainerOf(privateKey, where).publicBlob)} ${comment}\n`

/**
 * Gives the passphrase of the key that is named, or undefined where nobody can be asked.
 * @param attempt from 1, asked again after a wrong one, three times in all
 */
export type AskPassphrase = (where: string, attempt: number) => Promise<string | undefined>
const ATTEMPTS = 3

/**
 * The key without a passphrase.
 * @throws BadKey when it is damaged, of another type, or encrypted and the passphrase is missing or wrong
 */
export async function decryptedKey(text: string, where: string, passphrase?: string | AskPassphrase): Promise<string> {
  const { isEncrypted, cipher } = keyContainerOf(text, where)
  if (!isEncrypted) return expectSound(text, where)
  if (!OPENED.test(cipher))
    throw new BadKey(
      `Expected ${where} to be encrypted with ${CIPHER}, got ${printable(cipher.slice(0, 40))}; change that with \`ssh-keygen -p -Z ${CIPHER}\`.`,
    )
  const ask: AskPassphrase =
    typeof passphrase === 'function' ? passphrase : async (_where, attempt) => (attempt === 1 ? passphrase : undefined)
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const given = await ask(where, attempt)
    if (!given && attempt === 1)
      throw new BadKey(`Expected the passphrase of ${where}, got none; give \`passphrase\`, or set DSAGE_PASSPHRASE for the command.`)
    if (!given) break
    const opened = await decrypted(text, where, given)
    if (opened !== undefined) return expectSound(opened, where)
  }
  throw new BadKey(`Expected the passphrase of ${where}, got another; try again.`)
}

/** Undefined when the passphrase is wrong. @throws BadKey */
async function decrypted(text: string, where: string, passphrase: string): Promise<string | undefined> {
  const { default: sshpk } = await import('sshpk')
  try {
    return sshpk.parsePrivateKey(text, 'openssh', { passphrase }).toBuffer('openssh', {}).toString('ascii')
  } catch (error) {
    if (/incorrect passphrase/i.test(String(error))) return undefined
    throw damaged(where, error)
  }
}

/** @throws BadKey when it would not sign what its public half verifies */
async function expectSound(text: string, where: string): Promise<string> {
  await signingKeyOf(privateKeyOf(text, where), where)
  return text
}
