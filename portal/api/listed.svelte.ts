import type { Page } from '../../sdk/protocol.ts'
import { Polled } from './polled.svelte.ts'
import { read } from './rest.ts'

const ROWS = 50

/** A list of the server, newest first or in its own order, from the top: as many pages as were asked for, kept up to date. */
export class Listed<Row> {
  #pages = $state(1)
  readonly #path: string
  readonly #token: () => string | undefined
  readonly pages: Polled<Page<Row>>

  constructor(path: string, token: () => string | undefined = () => undefined) {
    this.#path = path
    this.#token = token
    this.pages = new Polled(() => this.#read())
  }

  follow(): () => void {
    return this.pages.follow()
  }

  /** Shows one page more. */
  more(): void {
    this.#pages++
    void this.pages.askNow()
  }

  async #read(): Promise<Page<Row>> {
    const rows: Row[] = []
    let next: string | undefined
    for (let page = 0; page < this.#pages; page++) {
      const after: string = next === undefined ? '' : `&after=${next}`
      const answer: Page<Row> = await read<Page<Row>>(`${this.#path}?limit=${ROWS}${after}`, this.#token())
      rows.push(...answer.rows)
      next = answer.next
      if (next === undefined) break
    }
    return { rows, ...(next === undefined ? {} : { next }) }
  }
}
