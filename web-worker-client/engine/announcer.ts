/** Tells its listeners that something changed, once for all that changes in one go. */
export class Announcer {
  readonly #listeners = new Set<() => void>()
  #announcing = false

  /** Returns the undo. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  announce(): void {
    if (this.#announcing) return
    this.#announcing = true
    queueMicrotask(() => {
      this.#announcing = false
      for (const listener of this.#listeners) listener()
    })
  }
}
