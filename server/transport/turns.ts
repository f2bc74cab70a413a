interface Waiting {
  readonly asker: string
  readonly begin: () => void
}

/** Lets so many do something at once, of one asker fewer; whoever comes later waits, those of others not behind them. */
export class Turns {
  readonly #most: number
  readonly #mostOfOne: number
  readonly #begun = new Map<string, number>()
  readonly #waiting = new Set<Waiting>()
  #all = 0

  constructor(most: number, mostOfOne: number) {
    this.#most = most
    this.#mostOfOne = mostOfOne
  }

  /** Resolves, when its turn has come, with what ends it; with undefined when `gone` is raised before. */
  take(asker: string, gone: AbortSignal): Promise<(() => void) | undefined> {
    if (gone.aborted) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#waiting.delete(waiting)
        resolve(undefined)
      }
      const waiting: Waiting = {
        asker,
        begin: () => {
          gone.removeEventListener('abort', leave)
          this.#waiting.delete(waiting)
          this.#count(asker, 1)
          resolve(this.#ending(asker))
        },
      }
      gone.addEventListener('abort', leave)
      this.#waiting.add(waiting)
      this.#advance()
    })
  }

  #ending(asker: string): () => void {
    let ended = false
    return () => {
      if (ended) return
      ended = true
      this.#count(asker, -1)
      this.#advance()
    }
  }

  #advance(): void {
    for (const { asker, begin } of this.#waiting) {
      if (this.#all >= this.#most) return
      if ((this.#begun.get(asker) ?? 0) < this.#mostOfOne) begin()
    }
  }

  #count(asker: string, change: 1 | -1): void {
    this.#all += change
    const begun = (this.#begun.get(asker) ?? 0) + change
    if (begun > 0) this.#begun.set(asker, begun)
    else this.#begun.delete(asker)
  }
}
