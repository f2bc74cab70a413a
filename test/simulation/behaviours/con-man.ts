import type { Behaviour } from '../integrity/behaviour.ts'

/** Honest while it is trusted less than it wants, also after every strike, so that it comes back again and again. */
export default [2, 5, 10].flatMap((trusted) =>
  [0.02, 0.05, 0.1, 0.3, 1].map(
    (rate): Behaviour => ({
      name: `con-man K=${trusted} s=${rate}`,
      family: 'con-man',
      lies: ({ checks, random }) => checks >= trusted && random() < rate,
    }),
  ),
)
