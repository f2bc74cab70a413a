import type { Behaviour } from '../integrity/behaviour.ts'

/** Devices that stay for thirty units on average and come back as themselves or as somebody new. */
export default [0, 1].map(
  (renewed): Behaviour => ({
    name: `churn new=${renewed} K=10 s=0.3`,
    family: renewed ? 'churn, new identities' : 'churn',
    ...{ lifetime: 30, renewed },
    lies: ({ checks, random }) => checks >= 10 && random() < 0.3,
  }),
)
