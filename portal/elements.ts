/** The few ways this page touches the document: by text and attributes, never by markup. */

export function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`Expected an element with the id ${id} in the page.`)
  return found
}

/** Changes nothing when nothing changed, so that selections and screen readers are left in peace. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

export function create(tag: string, className = ''): HTMLElement {
  const made = document.createElement(tag)
  if (className !== '') made.className = className
  return made
}

/** A row or item of a list that is brought up to date in place. */
export interface View<Row> {
  readonly root: HTMLElement
  update(row: Row): void
}

/** Keeps one view for each row, by key and in the order given. */
export class Rows<Row> {
  readonly #parent: Element
  readonly #keyOf: (row: Row) => string
  readonly #make: (row: Row) => View<Row>
  readonly #views = new Map<string, View<Row>>()

  constructor(parent: Element, keyOf: (row: Row) => string, make: (row: Row) => View<Row>) {
    this.#parent = parent
    this.#keyOf = keyOf
    this.#make = make
  }

  show(rows: readonly Row[]): void {
    const keys = new Set(rows.map(this.#keyOf))
    for (const [key, view] of this.#views) {
      if (keys.has(key)) continue
      view.root.remove()
      this.#views.delete(key)
    }
    for (const [index, row] of rows.entries()) {
      const key = this.#keyOf(row)
      const view = this.#views.get(key) ?? this.#make(row)
      this.#views.set(key, view)
      view.update(row)
      const inPlace = this.#parent.children[index]
      if (inPlace !== view.root) this.#parent.insertBefore(view.root, inPlace ?? null)
    }
  }
}
