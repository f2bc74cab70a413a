import { Remembered } from './remembered.ts'

/** Raised whenever what is agreed to changes: then everybody is asked again. */
const CONSENT_VERSION = 1

interface Given {
  readonly version: number
  /** Milliseconds since 1970. */
  readonly at: number
}
const isGiven = (value: unknown): boolean => typeof (value as Given | null)?.version === 'number' && typeof (value as Given).at === 'number'
const remembered = new Remembered<Given>('dsage.consent', isGiven)

/** Whether the person at this browser has agreed to what runs here. */
export class Consent {
  #given = $state.raw(remembered.read())

  get isGiven(): boolean {
    return this.#given?.version === CONSENT_VERSION
  }

  /** Whether something else was agreed to before. */
  get hasChanged(): boolean {
    return this.#given !== undefined && !this.isGiven
  }

  give(): void {
    this.#given = { version: CONSENT_VERSION, at: Date.now() }
    remembered.write(this.#given)
  }

  withdraw(): void {
    this.#given = undefined
    remembered.forget()
  }
}
