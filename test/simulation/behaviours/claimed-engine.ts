import type { Behaviour } from '../integrity/behaviour.ts'

/** Says it has an engine that nobody else has, or two or all liars have, so that it is never struck; constantly, or while it is trusted enough. */
export default [1, 2, Number.POSITIVE_INFINITY].flatMap((claims) =>
  [0.1, 1].flatMap((rate): Behaviour[] => {
    const name = claims === 1 ? 'claimed engine' : claims === 2 ? 'claimed engine of two' : 'claimed engine of all'
    const claimed = { family: 'claimed engine', claims }
    return [
      { ...claimed, name: `${name} s=${rate}`, lies: ({ random }) => random() < rate },
      { ...claimed, name: `${name} K=10 s=${rate}`, lies: ({ checks, random }) => checks >= 10 && random() < rate },
    ]
  }),
)
