import type { Behaviour } from '../integrity/behaviour.ts'

/** Earns trust, lies a few times and throws the name away; so the liars are many more than the devices. */
export default [1, 5, 20].map(
  (wrong): Behaviour => ({
    name: `Sybil j=${wrong}`,
    family: 'Sybils',
    lies: ({ checks, lies }) => lies < wrong && (lies > 0 || checks >= 10),
    resigns: ({ lies, suspect }) => lies >= wrong || suspect,
  }),
)
