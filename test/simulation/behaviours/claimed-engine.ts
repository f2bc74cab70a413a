import type { Behaviour } from '../integrity/behaviour.ts'

/** Says it has an engine that nobody else has, so that it is never struck; constantly, and honest while it is trusted less than it wants. */
export default [0.1, 1].flatMap((rate): Behaviour[] => [
  { name: `claimed engine s=${rate}`, family: 'claimed engine', claims: true, lies: ({ random }) => random() < rate },
  {
    ...{ name: `claimed engine K=10 s=${rate}`, family: 'claimed engine', claims: true },
    lies: ({ checks, random }) => checks >= 10 && random() < rate,
  },
])
