import { type Had, type Holding, isSame, sharesNetwork } from '../core/networks.ts'
import type { Former } from './lease-units.ts'
import type { LeaseWish } from './store.ts'

/** Whether the wish may have a unit that `former` had before, and `given` were given just now. */
export function mayHave(wish: LeaseWish, former: readonly Former[] | null, given: readonly Had[]): boolean | 'in the same network' {
  const { network, mustWait, mustLeave, isWorthACopy } = wish
  if (given.some((had) => isKeptBy(wish, had))) return false
  if (former?.some(([holder, blocked, , , deviceId]) => blocked && isKeptBy(wish, { holder, deviceId }))) return false
  if (mustLeave && former?.some((one) => isFailureOf(wish, one)) && mustLeave([...given, ...hadOf(former, true)])) return false
  if (network === undefined && isWorthACopy === undefined) return true
  const had = [...given, ...hadOf(former ?? [])]
  if (isWorthACopy && !isWorthACopy(had)) return false
  if (network === undefined) return true
  const tried = [...given, ...hadOf(former ?? [], true)]
  if (!sharesNetwork(hadBy(wish), tried)) return true
  if (mustWait?.(tried)) return false
  return sharesNetwork(hadBy(wish), had) ? 'in the same network' : true
}

/** Nobody has a unit twice, nor has a device: one that logs in has not become another. */
const isKeptBy = (wish: LeaseWish, had: Holding): boolean => (wish.decidesAlone ? had.holder === wish.holder : isSame(had, wish))

/** Whether it was the asker, under whichever name, that has failed at the unit. */
const isFailureOf = (wish: LeaseWish, [holder, , , , deviceId, hasFailed]: Former): boolean =>
  Boolean(hasFailed) && isSame({ holder, deviceId }, wish)

/** Those whose word counts or may come; `orFailed`: and those who have failed at it. */
const hadOf = (former: readonly Former[], orFailed = false): Had[] =>
  former.flatMap(([holder, blocked, network, checks, deviceId, hasFailed]) =>
    blocked || (orFailed && hasFailed) ? [{ holder, deviceId, network, checks }] : [],
  )

/** The wisher, as one who was given it. */
export const hadBy = ({ holder, deviceId, network }: LeaseWish): Had => ({ holder, deviceId, network: network ?? null })
