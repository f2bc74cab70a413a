import { printable } from '../sdk/printable.ts'
import type { DeviceRow, Page } from '../sdk/protocol.ts'
import { sentences } from './catalogue.ts'
import { create, element, Rows, setText, type View } from './elements.ts'

function deviceView(): View<DeviceRow> {
  const [root, name] = [create('tr'), create('th')]
  name.setAttribute('scope', 'row')
  const [whose, kind, returned, agreed] = [create('td'), create('td'), create('td', 'number'), create('td', 'number')]
  root.append(name, whose, kind, returned, agreed)
  const update = (row: DeviceRow) => {
    setText(name, printable(row.name) || sentences.nameless)
    setText(whose, row.own ? sentences.own : sentences.anonymous)
    setText(kind, sentences.kinds[row.kind])
    setText(returned, sentences.number(row.returned))
    setText(agreed, sentences.number(row.agreed))
  }
  return { root, update }
}

/** The devices that are connected; how many are not, in a sentence. */
export class DeviceTable {
  readonly #table = element('devices')
  readonly #rows = new Rows<DeviceRow>(this.#table.querySelector('tbody')!, ({ device }) => device, deviceView)
  readonly #note = element('devices-note')

  show({ rows }: Page<DeviceRow>): void {
    const here = rows.filter(({ connected }) => connected)
    this.#rows.show(here)
    this.#table.hidden = here.length === 0
    setText(this.#note, sentences.devicesNote(here.length, rows.length - here.length))
  }
}
