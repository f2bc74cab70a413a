const KEY = 'dsage.token'

/** The token of the server's home, typed in by an admin; this tab's session keeps it and nothing else. */
export class HomeToken {
  #value = $state(sessionStorage.getItem(KEY) ?? undefined)

  /** Undefined until somebody has given one that the server knows. */
  get value(): string | undefined {
    return this.#value
  }

  keep(token: string): void {
    this.#value = token
    sessionStorage.setItem(KEY, token)
  }

  forget(): void {
    this.#value = undefined
    sessionStorage.removeItem(KEY)
  }
}

/** One for the tab. */
export const homeToken = new HomeToken()
