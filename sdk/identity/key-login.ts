/** Logging in with a key: a session, had when it is needed and had anew when the server has ended it. */
import { NotConnected, Refused } from '../errors.ts'
import { type Challenge, type ChallengeRequest, LOGIN_NAMESPACE, type Login, type LoginRequest, loginText } from '../protocol/login.ts'
import type { Refusal } from '../protocol.ts'
import { privateKeyOf, signingKeyOf } from './private-key.ts'
import { publicLineOf } from './public-key.ts'
import { signText } from './ssh-signature.ts'

const ANSWER_MS = 10_000
/** Nothing in it could end a line of what is signed. */
const NONCE = /^[\w-]{1,200}$/
/** The last instant a Date can tell. */
const LATEST = 8.64e15

/** One key at one server. */
export class KeyLogin {
  readonly #url: string
  readonly #key: string
  #session: string | undefined

  /** @param key text of an OpenSSH private key without a passphrase */
  constructor(url: string, key: string) {
    this.#url = url
    this.#key = key
  }

  /** The session, after a login when there is none. @throws BadKey, Refused, or NotConnected when no server answers */
  async session(): Promise<string> {
    this.#session ??= (await logIn(this.#url, this.#key)).session
    return this.#session
  }

  /** The server does not know the session any more. */
  forget(): void {
    this.#session = undefined
  }
}

/** @throws BadKey, Refused, or NotConnected when no server answers */
export async function logIn(url: string, key: string): Promise<Login> {
  const secret = privateKeyOf(key)
  const signing = await signingKeyOf(secret)
  const publicKey = publicLineOf(secret.publicBlob)
  const challenge = await post<Challenge>(url, 'login/challenge', { publicKey } satisfies ChallengeRequest)
  if (!NONCE.test(challenge.nonce) || !Number.isInteger(challenge.issuedAt) || Math.abs(challenge.issuedAt) > LATEST) throw noServer(url)
  const text = loginText(new URL(url).host, challenge)
  const signature = await signText(text, LOGIN_NAMESPACE, signing, secret.publicBlob)
  const login = await post<Login>(url, 'login', { publicKey, nonce: challenge.nonce, signature } satisfies LoginRequest)
  if (typeof login.session !== 'string') throw noServer(url)
  return login
}

async function post<Body>(url: string, path: string, body: object): Promise<Body> {
  const asking = {
    method: 'POST',
    body: JSON.stringify(body),
    redirect: 'error',
    cache: 'no-store',
    signal: AbortSignal.timeout(ANSWER_MS),
  } as const
  const answer = await fetch(new URL(`/api/v1/${path}`, url), asking).catch((error: Error) => {
    throw noServer(url, error)
  })
  const said = (await answer.json().catch(() => undefined)) as { readonly error?: Refusal } | null | undefined
  if (typeof said !== 'object' || said === null) throw noServer(url)
  if (said.error) throw new Refused(said.error)
  return said as Body
}

const noServer = (url: string, cause?: Error): NotConnected =>
  new NotConnected(`Expected a DSage server at ${url}, ${cause ? 'none answered' : 'something else answered'}; see that it runs.`, cause)
