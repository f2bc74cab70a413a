import type { Behaviour } from '../integrity/behaviour.ts'

/** Liars that do not agree on their lies, or half of the time. */
export default [0, 0.5].flatMap((together): Behaviour[] => [
  { name: `clique c=${together} s=0.1`, family: 'clique', together, lies: ({ random }) => random() < 0.1 },
  { name: `clique c=${together} s=1`, family: 'clique', together, lies: () => true },
  { name: `clique c=${together} K=10 s=1`, family: 'clique', together, lies: ({ checks }) => checks >= 10 },
])
