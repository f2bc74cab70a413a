import type { Behaviour } from '../integrity/behaviour.ts'

const glitching = { family: 'glitches', glitches: 0.002 }

/** Honest devices whose memory errs, alone and among liars. */
export default [
  { ...glitching, name: 'glitches 0.2 %', lies: () => false },
  ...[0.1, 0.3].map((rate): Behaviour => ({ ...glitching, name: `glitches 0.2 %, s=${rate}`, lies: ({ random }) => random() < rate })),
  { ...glitching, name: 'glitches 0.2 %, K=10 s=1', lies: ({ checks }) => checks >= 10 },
] satisfies Behaviour[]
