import type { Behaviour } from '../integrity/behaviour.ts'

/** Lies at the same rate for ever. */
export default [0.02, 0.05, 0.1, 0.3, 1].map(
  (rate): Behaviour => ({ name: `constant s=${rate}`, family: 'constant', lies: ({ random }) => random() < rate }),
)
