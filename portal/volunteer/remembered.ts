/** One thing that this browser keeps for the portal, as JSON. A browser that keeps nothing is no error: then nothing is remembered. */
export class Remembered<Value> {
  readonly #key: string
  readonly #isValue: (value: unknown) => boolean

  constructor(key: string, isValue: (value: unknown) => boolean) {
    this.#key = key
    this.#isValue = isValue
  }

  read(): Value | undefined {
    try {
      const value: unknown = JSON.parse(localStorage.getItem(this.#key) ?? 'null')
      return this.#isValue(value) ? (value as Value) : undefined
    } catch {
      return undefined
    }
  }

  write(value: Value): void {
    try {
      localStorage.setItem(this.#key, JSON.stringify(value))
    } catch {
      // Full, or forbidden: it is asked again the next time.
    }
  }

  forget(): void {
    try {
      localStorage.removeItem(this.#key)
    } catch {
      // As above.
    }
  }
}
