import type { Namespace } from 'socket.io'
import type { Coordinator } from '../coordinator.ts'
import type { Live } from '../live.ts'
import type { Timers } from '../timers.ts'

/** Servers are told of new work at most this often, milliseconds. */
const EVERY_MS = 50
/** Parked requests woken for work that another server took in. */
const WOKEN = 50

/** Tells the other servers of one database that there is work, and wakes parked requests when they say so. */
export function relayOffers(namespace: Namespace, coordinator: Coordinator, live: Live, timers: Timers): void {
  let told = false
  live.onOffer(() => {
    if (told) return
    told = true
    timers.after(EVERY_MS, () => {
      told = false
    })
    namespace.serverSideEmit('offered')
  })
  namespace.on('offered', () => {
    coordinator.jobs.refresh().then(
      () => coordinator.parking.wake(WOKEN),
      () => {}, // the next sweep looks again
    )
  })
}
