/** What a login opened; the token itself is nowhere. */
export interface Session {
  /** SHA-256 of its token. */
  readonly hash: Uint8Array
  readonly accountId: number
  /** Fingerprint of the key that logged in. */
  readonly key: string
  /** Fingerprint of the server's own key: whose list of keys let it in. */
  readonly issuer: string
  readonly expiresAt: number
}
export interface UsedNonce {
  readonly nonce: Uint8Array
  /** From then on it is refused for its age. */
  readonly expiresAt: number
}
