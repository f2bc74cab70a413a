import type { Clock } from '../engine/clock.ts'

/** Between looks; as long as the engine waits at most between attempts to connect. */
const LOOK_MS = 5000
/** Answered requests in a row, without a connection between them, after which it is the network's fault. A server that starts has fewer. */
const CERTAIN = 2

export interface NetworkProbeOptions {
  readonly clock: Clock
  readonly isConnected: () => boolean
  /** Whether the server answers a plain request. */
  readonly answers: () => Promise<boolean>
  readonly onChange: () => void
}

/** Finds out whether something lets requests through to the server and WebSockets not, as some proxies do. It never stops looking. */
export class NetworkProbe {
  readonly #options: NetworkProbeOptions
  #answered = 0
  #undo: () => void = () => {}

  constructor(options: NetworkProbeOptions) {
    this.#options = options
  }

  get isBlocked(): boolean {
    return this.#answered >= CERTAIN
  }

  start(): void {
    this.stop()
    this.#undo = this.#options.clock.after(LOOK_MS, () => void this.#look())
  }

  stop(): void {
    this.#undo()
    this.#undo = () => {}
  }

  /** There is a connection: whatever was in the way is not any more. */
  connected(): void {
    this.#become(0)
  }

  async #look(): Promise<void> {
    const { isConnected, answers } = this.#options
    this.start()
    if (isConnected()) return
    const answered = await answers()
    if (!isConnected()) this.#become(answered ? this.#answered + 1 : 0)
  }

  #become(answered: number): void {
    const before = this.isBlocked
    this.#answered = answered
    if (this.isBlocked !== before) this.#options.onChange()
  }
}
