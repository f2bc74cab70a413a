/** `POST /api/v1/login/challenge` and `POST /api/v1/login`: how the owner of a key gets a session. */

/** What a login signature is for (SSHSIG's namespace): it is worth nothing anywhere else. */
export const LOGIN_NAMESPACE = 'dsage-login@v1'

export interface ChallengeRequest {
  /** `ssh-ed25519 AAAA…`, as in a `.pub` file; a comment behind it is ignored. */
  readonly publicKey: string
}
export interface Challenge {
  /** To be used once, within 60 seconds, with this key, at this server; base64url. */
  readonly nonce: string
  /** When it was issued, by the server's clock. */
  readonly issuedAt: number
}
export interface LoginRequest extends ChallengeRequest {
  readonly nonce: string
  /** Of `loginText`, armored as `ssh-keygen -Y sign -n dsage-login@v1` writes it. */
  readonly signature: string
}
export interface Login {
  /** Shown in the handshake, in `hello` and as a Bearer until `expiresAt`. */
  readonly session: string
  readonly expiresAt: number
  /** Name of the account that the key belongs to. */
  readonly account: string
}

/**
 * The text a login signs. It names the server as the client addressed it (`host:port` of its URL), so that a server which passes a challenge
 * of another one on gets a signature that the other refuses.
 */
export const loginText = (address: string, { nonce, issuedAt }: Challenge): string =>
  `DSage login\nserver: ${address.toLowerCase()}\nnonce: ${nonce}\ntime: ${new Date(issuedAt).toISOString()}\n`
