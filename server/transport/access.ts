import type { Request, RequestHandler } from 'express'
import passport from 'passport'
import CustomStrategy from 'passport-custom'
import type { HomeKey, IsDevice } from '../auth/devices.ts'
import type { LoginPace } from '../auth/login-pace.ts'
import type { Logins, ProvedKey } from '../auth/logins.ts'
import { matches } from '../auth/secrets.ts'
import type { Sessions } from '../auth/sessions.ts'
import { PlatformError } from '../errors.ts'
import type { Networks } from '../networks.ts'
import { type AllowedHosts, expectOwnAddress } from './origin.ts'
import { login as loginShape } from './rest-schemas.ts'
import { shaped } from './shaped.ts'

/** Who asks. */
export interface Asker {
  readonly accountId: number
  /** Whether the home token was shown, which speaks for the operator and does what admins do. */
  readonly isHome: boolean
}
export interface AccessOptions {
  readonly home: HomeKey
  readonly isDevice: IsDevice
  /** The same of one that may be banned. */
  readonly knowsDevice: IsDevice
  readonly sessions: Sessions
  readonly logins: Logins
  readonly pace: LoginPace
  readonly networks: Pick<Networks, 'clientOf'>
  readonly allowedHosts: AllowedHosts
}
/**
 * What an operation asks for before anything of its body is read: nothing; a credential if there is one; a session or the home token; the
 * home token; a session, the home token or who a device is; the home token or to be the device of the path; patience, as logins do.
 */
export type Access = 'none' | 'optional' | 'required' | 'home' | 'device' | 'self' | 'patience'

/** Tells who asks. Passport's strategies: `bearer` for sessions and the home token, `key` for the signature of a login. */
export class Guard {
  readonly #options: AccessOptions
  readonly #passport = new passport.Passport()

  constructor(options: AccessOptions) {
    this.#options = options
    this.#passport.use('bearer', new CustomStrategy((request, done) => settle(this.#askerOf(request), done)))
    this.#passport.use('key', new CustomStrategy((request, done) => settle(this.#proveKey(request), done)))
  }

  /** What stands before an operation. */
  before(access: Access): RequestHandler[] {
    if (access === 'none') return []
    if (access === 'device') return [this.#expectDevice]
    if (access === 'self') return [this.#expectSelf]
    return access === 'patience' ? [this.#expectPatience] : [this.#expectBearer(access)]
  }

  /** Behind the body: a login that was signed with a key which may log in. */
  readonly expectKey: RequestHandler = (request, response, next) => {
    const done = (error: unknown, proved?: ProvedKey | false): void => {
      response.locals.proved = proved
      next(error ?? undefined)
    }
    this.#passport.authenticate('key', { session: false }, done)(request, response, next)
  }

  #expectBearer(access: Exclude<Access, 'none' | 'patience' | 'device' | 'self'>): RequestHandler {
    return (request, response, next) => {
      response.set('Cache-Control', 'no-store')
      if (access === 'optional' && request.headers.authorization === undefined) return next()
      const done = (error: unknown, asker?: Asker | false): void => {
        response.locals.asker = asker || undefined
        if (asker) response.locals.reader = `account ${asker.accountId}`
        if (error) next(error)
        else if (!asker) next(unauthorised())
        else next(access === 'home' && !asker.isHome ? onlyHome() : undefined)
      }
      this.#passport.authenticate('bearer', { session: false }, done)(request, response, next)
    }
  }

  /** A device shows who it is by the id and secret that its first `hello` was answered with. */
  readonly #expectDevice: RequestHandler = async (request, response, next) => {
    const { id, secret } = shownDevice(request)
    if (id === undefined || secret === undefined) return this.#expectBearer('required')(request, response, next)
    response.set('Cache-Control', 'no-store')
    if (!(await this.#options.isDevice(id, secret))) throw unauthorised()
    response.locals.reader = `device ${id.toLowerCase()}`
    next()
  }

  /** Who is banned may read why, and answer. */
  readonly #expectSelf: RequestHandler = async (request, response, next) => {
    const { id, secret } = shownDevice(request)
    if (id === undefined || secret === undefined) return this.#expectBearer('home')(request, response, next)
    response.set('Cache-Control', 'no-store')
    if (id === request.params.device && (await this.#options.knowsDevice(id, secret))) return next()
    throw new PlatformError('wrong-device-secret', 'Expected the id and secret of the device of this path: only it reads this.')
  }

  readonly #expectPatience: RequestHandler = (request, response, next) => {
    response.set('Cache-Control', 'no-store')
    const { pace, networks } = this.#options
    pace.expectPatience(networks.clientOf({ address: request.socket.remoteAddress, headers: request.headers }))
    response.locals.address = expectOwnAddress(request, this.#options.allowedHosts)
    next()
  }

  async #askerOf(request: Request): Promise<Asker | false> {
    const { home, sessions } = this.#options
    const token = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) return false
    if (matches(token, home.tokenHash)) return { accountId: home.accountId, isHome: true }
    if (!SESSION.test(token)) return false
    return { accountId: (await sessions.identityOf(token)).accountId, isHome: false }
  }

  async #proveKey(request: Request): Promise<ProvedKey> {
    const address: string = request.res?.locals.address
    return this.#options.logins.prove(await shaped(loginShape, request.body, 'body'), address)
  }
}

function shownDevice({ headers }: Request): { readonly id?: string | undefined; readonly secret?: string | undefined } {
  const [, id, secret] = /^Device +([0-9a-f]{32})\.([\w-]{1,100})$/i.exec(headers.authorization ?? '') ?? []
  return { id, secret }
}

/** As `newSecret` makes them; anything else is no session that has ended but none at all. */
const SESSION = /^[\w-]{43}$/

function settle<User>(user: Promise<User>, done: (error: unknown, user?: User) => void): void {
  user.then((one) => done(null, one), done)
}

export const unauthorised = (): PlatformError =>
  new PlatformError(
    'unauthorised',
    'Expected the header `Authorization: Bearer <token>` with a session of POST /api/v1/login, or the token of this server’s home directory: read it from the file `token` there.',
  )

const onlyHome = (): PlatformError =>
  new PlatformError(
    'unauthorised',
    'Expected the token of this server’s home directory, got a session: read it from the file `token` there.',
  )
