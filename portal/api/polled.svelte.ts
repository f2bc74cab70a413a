import { untrack } from 'svelte'
import { RestFailure } from './rest.ts'

const EVERY_MS = 1_000

/**
 * Something of the server that a page keeps up to date: asked once a second while the page is visible, one request at a time. A server that does
 * not answer leaves the last answer standing; what it refuses by name replaces it.
 */
export class Polled<Body> {
  #body = $state.raw<Body>()
  #failure = $state.raw<RestFailure>()
  readonly #ask: (before: Body | undefined) => Promise<Body>
  readonly #everyMs: number
  #underWay = false

  constructor(ask: (before: Body | undefined) => Promise<Body>, everyMs = EVERY_MS) {
    this.#ask = ask
    this.#everyMs = everyMs
  }

  /** The last answer; undefined before the first. */
  get body(): Body | undefined {
    return this.#body
  }

  /** Why the last question had no answer; undefined while all is well. */
  get failure(): RestFailure | undefined {
    return this.#failure
  }

  /** Begins to ask; returns what ends it. */
  follow(): () => void {
    const look = () => void (document.visibilityState === 'visible' && this.askNow())
    const timer = setInterval(look, this.#everyMs)
    document.addEventListener('visibilitychange', look)
    // What begins to ask in an effect must not begin anew at each answer.
    untrack(look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }

  /** Asks out of turn, for example after something was done. */
  async askNow(): Promise<void> {
    if (this.#underWay) return
    this.#underWay = true
    try {
      this.#body = await this.#ask(this.#body)
      this.#failure = undefined
    } catch (error) {
      if (!(error instanceof RestFailure)) throw error
      this.#failure = error
      if (error.refusal !== undefined && error.refusal.retryAfterMs === undefined) this.#body = undefined
    } finally {
      this.#underWay = false
    }
  }
}
