import type { Behaviour } from '../integrity/behaviour.ts'

/** Honest until it is trusted, a liar for ever after. */
export default [0.05, 0.1, 1].map(
  (rate): Behaviour => ({
    name: `turncoat s=${rate}`,
    family: 'turncoat',
    lies: ({ mostChecks, random }) => mostChecks >= 10 && random() < rate,
  }),
)
