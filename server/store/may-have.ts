import { type Had, sharesNetwork } from '../core/networks.ts'
import type { Former } from './lease-units.ts'
import type { LeaseWish } from './store.ts'

/** Whether the wish may have a unit that `former` had before, and `given` were given just now. */
export function mayHave(wish: LeaseWish, former: readonly Former[] | null, given: readonly Had[]): boolean | 'in the same network' {
  const { holder, network, mustWait, isWorthACopy } = wish
  if (given.some((had) => had.holder === holder) || former?.some(([had, blocked]) => blocked && had === holder)) return false
  if (network === undefined && isWorthACopy === undefined) return true
  const had = [...given, ...hadOf(former ?? [])]
  if (isWorthACopy && !isWorthACopy(had)) return false
  if (network === undefined || !sharesNetwork({ holder, network }, had)) return true
  return mustWait?.(had) ? false : 'in the same network'
}

/** Those whose word counts or may come. */
const hadOf = (former: readonly Former[]): Had[] =>
  former.flatMap(([holder, blocked, network, checks]) => (blocked ? [{ holder, network, checks }] : []))
