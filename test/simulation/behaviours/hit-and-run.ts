import type { Behaviour } from '../integrity/behaviour.ts'

/** Honest until it is trusted, wrong a few times in a row, honest for ever after. */
export default [1, 5, 20, 50].map(
  (wrong): Behaviour => ({
    name: `hit-and-run j=${wrong}`,
    family: 'hit-and-run',
    lies: ({ checks, lies }) => lies < wrong && (lies > 0 || checks >= 10),
  }),
)
