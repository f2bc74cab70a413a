import { Remembered } from './remembered.ts'

const remembered = new Remembered<string>('dsage.device', (value) => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value))

/** Which of the server's devices this browser is; its secret is the engine's affair. */
export class ThisDevice {
  #id = $state(remembered.read())

  /** Undefined before this browser has lent time. */
  get id(): string | undefined {
    return this.#id
  }

  is(id: string): void {
    if (this.#id === id) return
    this.#id = id
    remembered.write(id)
  }
}

/** One for the tab. */
export const thisDevice = new ThisDevice()
