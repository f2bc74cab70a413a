import type { Behaviour } from '../integrity/behaviour.ts'

/** Knows audits, some or all of them, and answers these rightly; or repeats what a friend said and lies only where no friend was. */
export default [
  ...[0.5, 1].map(
    (share): Behaviour => ({
      name: `recogniser of ${share} of audits s=0.3`,
      family: 'recogniser',
      lies: ({ isCheck, random, checks }) => checks >= 10 && !(isCheck && random() < share) && random() < 0.3,
    }),
  ),
  {
    name: 'recogniser of units friends had',
    family: 'recogniser',
    lies: ({ checks, seen, random }: Parameters<Behaviour['lies']>[0]) => checks >= 10 && !seen() && random() < 0.3,
  },
] satisfies Behaviour[]
