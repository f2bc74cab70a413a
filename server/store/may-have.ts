import { type Had, sharesNetwork } from '../core/networks.ts'
import type { Former } from './lease-units.ts'
import type { LeaseWish } from './store.ts'

/** Whether the wish may have a unit that `former` had before, and `given` were given just now. */
export function mayHave(wish: LeaseWish, former: readonly Former[] | null, given: readonly Had[]): boolean | 'in the same network' {
  const { holder, network, mustWait, mustLeave, isWorthACopy } = wish
  if (given.some((had) => had.holder === holder) || former?.some(([had, blocked]) => blocked && had === holder)) return false
  if (mustLeave && former?.some((one) => hasFailed(wish, one)) && mustLeave([...given, ...hadOf(former, true)])) return false
  if (network === undefined && isWorthACopy === undefined) return true
  const had = [...given, ...hadOf(former ?? [])]
  if (isWorthACopy && !isWorthACopy(had)) return false
  if (network === undefined) return true
  const tried = [...given, ...hadOf(former ?? [], true)]
  if (!sharesNetwork({ holder, network }, tried)) return true
  if (mustWait?.(tried)) return false
  return sharesNetwork({ holder, network }, had) ? 'in the same network' : true
}

/** Whether the asker, under whichever name, has failed at the unit that `former` had. */
const hasFailed = ({ holder, deviceId }: LeaseWish, [had, , , , failedBy = 0]: Former): boolean =>
  failedBy > 0 && (had === holder || failedBy === deviceId)

/** Those whose word counts or may come; `orFailed`: and those who have failed at it. */
const hadOf = (former: readonly Former[], orFailed = false): Had[] =>
  former.flatMap(([holder, blocked, network, checks, failedBy = 0]) =>
    blocked || (orFailed && failedBy > 0) ? [{ holder, network, checks }] : [],
  )
