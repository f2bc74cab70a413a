import { PlatformError } from '../errors.ts'
import type { Session, Store } from '../store/store.ts'
import type { AuthorizedKey, AuthorizedKeys } from './authorized-keys.ts'
import { hashOf, newSecret } from './secrets.ts'

/** How long a session lasts; whoever has the key logs in again by itself. Milliseconds. */
const SESSION_MS = 12 * 3600 * 1000
/** Looks after the list of keys each second, after the database each tenth time. */
const LOOKS_PER_QUESTION = 10

/** Who speaks, as a session says. */
export interface Identity {
  readonly accountId: number
  /** SHA-256 of the session's token, hex. */
  readonly session: string
}

/**
 * Opens sessions, knows them, and tells those who use one when it has ended: expired, or its key was taken from the list. The only server of
 * a database judges all its sessions by its list; of several each judges those it opened, since their homes may be different ones.
 */
export class Sessions {
  readonly #store: Store
  readonly #keys: AuthorizedKeys
  readonly #isSole: boolean
  readonly #watched = new Map<string, Set<() => void>>()
  #known: ReadonlyMap<string, AuthorizedKey> | undefined
  #looks = 0
  #looking: Promise<void> | undefined

  constructor(store: Store, keys: AuthorizedKeys, isSole: boolean) {
    this.#store = store
    this.#keys = keys
    this.#isSole = isSole
  }

  /** A session of the key's account, whose nonce must not have been used before: else undefined. */
  async open({ key, account }: AuthorizedKey, nonce: Parameters<Store['openSession']>[1]) {
    const token = newSecret()
    const role = key === this.#keys.issuer ? 'admin' : 'researcher'
    const accountId = await this.#store.ensureAccount(account, role)
    const expiresAt = (await this.#store.now()) + SESSION_MS
    const session: Session = { hash: hashOf(token), accountId, key, issuer: this.#keys.issuer, expiresAt }
    return (await this.#store.openSession(session, nonce)) ? { session: token, expiresAt, account } : undefined
  }

  /** @throws PlatformError `session-ended` */
  async identityOf(token: string): Promise<Identity> {
    const hash = hashOf(token)
    const session = await this.#store.findSession(hash)
    if (!session) throw sessionEnded()
    if ((this.#isSole || session.issuer === this.#keys.issuer) && !(await this.#keys.current()).has(session.key)) {
      await this.runOnce()
      throw sessionEnded()
    }
    return { accountId: session.accountId, session: hash.toString('hex') }
  }

  /** Calls `onEnded` once when the session has ended; returns its undo. */
  watch({ session }: Identity, onEnded: () => void): () => void {
    const watchers = this.#watched.get(session) ?? new Set()
    this.#watched.set(session, watchers.add(onEnded))
    return () => {
      watchers.delete(onEnded)
      if (watchers.size === 0 && this.#watched.get(session) === watchers) this.#watched.delete(session)
    }
  }

  /** One look; a call during another one joins it. */
  runOnce(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #look(): Promise<void> {
    const keys = await this.#keys.current()
    const changed = keys !== this.#known
    if (changed) await this.#store.endSessions(this.#isSole ? undefined : this.#keys.issuer, [...keys.keys()])
    this.#known = keys
    this.#looks += 1
    if (!changed && this.#looks % LOOKS_PER_QUESTION !== 0) return
    const watched = [...this.#watched.keys()]
    if (watched.length === 0) return
    const living = new Set(await this.#store.livingSessions(watched))
    for (const session of watched) if (!living.has(session)) this.#end(session)
  }

  #end(session: string): void {
    const watchers = this.#watched.get(session)
    this.#watched.delete(session)
    for (const onEnded of watchers ?? []) onEnded()
  }
}

export const sessionEnded = (): PlatformError =>
  new PlatformError('session-ended', 'Expected a session of this server that lasts; it has ended: log in again with the key.')
