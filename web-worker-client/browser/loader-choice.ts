import type { Loader } from '../sandbox/control-messages.ts'

/** Which loader to try next: the one that last worked, then the other. One that fails loses its place, so that both are tried anew. */
export class LoaderChoice {
  #order: readonly Loader[] = ['blob', 'data']

  get order(): readonly Loader[] {
    return this.#order
  }

  worked(loader: Loader): void {
    this.#order = [loader, other(loader)]
  }

  failed(loader: Loader): void {
    this.#order = [other(loader), loader]
  }
}

const other = (loader: Loader): Loader => (loader === 'blob' ? 'data' : 'blob')
