import { printable } from '../sdk/printable.ts'
import type { JobSnapshot, Page } from '../sdk/protocol.ts'
import { sentences } from './catalogue.ts'
import { create, element, Rows, setText, type View } from './elements.ts'

function jobView({ job }: JobSnapshot): View<JobSnapshot> {
  const root = create('li', 'job')
  const [name, state, bar, units, reason] = [
    create('h3'),
    create('p', 'state'),
    create('progress'),
    create('p', 'units'),
    create('p', 'reason'),
  ]
  name.id = `job-${job}`
  root.append(name, state, bar, units, reason)
  const update = (snapshot: JobSnapshot) => {
    const { open, accepted, sealed, failed } = snapshot.units
    const decided = accepted + sealed + failed
    const title = printable(snapshot.name) || sentences.nameless
    setText(name, title)
    setText(state, sentences.states[snapshot.state])
    root.dataset.state = snapshot.state
    bar.setAttribute('aria-label', sentences.progressOf(title))
    bar.setAttribute('max', String(Math.max(1, decided + open)))
    bar.setAttribute('value', String(decided))
    // While units are still added nobody knows the whole, so there is no share to draw.
    bar.hidden = !snapshot.inputsComplete
    setText(units, snapshot.inputsComplete ? sentences.units(decided, decided + open) : sentences.unitsSoFar(decided, open))
    setText(reason, printable(snapshot.reason ?? ''))
    reason.hidden = snapshot.reason === undefined
  }
  return { root, update }
}

/** The newest jobs, those still running first. */
export class JobList {
  readonly #rows = new Rows<JobSnapshot>(element('jobs'), ({ job }) => job, jobView)
  readonly #note = element('jobs-note')

  show({ rows, next }: Page<JobSnapshot>): void {
    const isOpen = ({ state }: JobSnapshot) => Number(state === 'running' || state === 'paused')
    this.#rows.show([...rows].sort((a, b) => isOpen(b) - isOpen(a)))
    setText(this.#note, sentences.jobsNote(rows.length, next !== undefined))
  }
}
