import { randomUUID } from 'node:crypto'
import type { Namespace } from 'socket.io'
import type { Revocation } from '../../sdk/protocol.ts'
import type { Administration } from '../administration.ts'
import type { Coordinator } from '../coordinator.ts'
import type { CrowdElsewhere, MemberElsewhere } from '../crowd-elsewhere.ts'
import type { Live } from '../live.ts'
import type { HeardUnit, RunningUnits } from '../running-units.ts'
import type { Speakers } from '../speakers.ts'
import type { Timers } from '../timers.ts'

/** Servers are told of new work at most this often, milliseconds. */
const EVERY_MS = 50
/** Parked requests woken for work that another server took in. */
const WOKEN = 50

/** Tells the other servers of one database whom an admin has banned: the device may be connected to any of them. */
export function relayBans(namespace: Namespace, administration: Administration): void {
  administration.onBan((device, reason) => namespace.serverSideEmit('banned', device, reason))
  namespace.on('banned', (device: string, reason: string) => administration.dismiss(device, reason))
}

/** Tells the other servers how far units are that are computed here: their owners may be connected to any of them. */
export function relayProgress(namespace: Namespace, running: RunningUnits): void {
  running.onElsewhere({
    heard: (units) => namespace.serverSideEmit('heard', units),
    ended: (leases) => namespace.serverSideEmit('ended', leases),
  })
  namespace.on('heard', (units: readonly HeardUnit[]) => running.hear(units))
  namespace.on('ended', (leases: readonly string[]) => running.forget(leases))
}

/** Tells the other servers which devices are here: what a job can reach depends on all of them. */
export function relayCrowd(namespace: Namespace, elsewhere: CrowdElsewhere): void {
  const name = randomUUID()
  elsewhere.onNews((members) => namespace.serverSideEmit('crowd', name, members))
  namespace.on('crowd', (server: string, members: readonly MemberElsewhere[]) => elsewhere.hear(server, members))
}

/** Asks the other servers whether they have a socket of the device that answers; one that was killed is waited for, 5 s, until it is missed. */
export function relaySpeakers(namespace: Namespace, speakers: Speakers, moved: (device: number) => void): void {
  const ask = (device: number): Promise<boolean> =>
    new Promise((resolve) => {
      const hear = (_missing: Error | null, answers: readonly boolean[] = []) => resolve(answers.includes(true))
      namespace.serverSideEmit('speaks', device, hear)
    })
  speakers.onElsewhere(ask, moved)
  namespace.on('speaks', (device: number, answer: (isAlive: boolean) => void) => void speakers.speaksHere(device).then(answer))
}

/** Between the servers of one database: there is work, which wakes parked requests; these leases are revoked, whoever sees the device. */
export function relayHints(namespace: Namespace, coordinator: Coordinator, live: Live, timers: Timers): void {
  let told = false
  live.onOffer(() => {
    if (told) return
    told = true
    timers.after(EVERY_MS, () => {
      told = false
    })
    namespace.serverSideEmit('offered')
  })
  live.onElsewhere((device, message) => namespace.serverSideEmit('revoke', device, message))
  namespace.on('revoke', (device: number, message: Revocation) => live.revokeHere(device, message))
  namespace.on('offered', () => {
    coordinator.jobs.refresh().then(
      () => coordinator.parking.wake(WOKEN),
      () => {}, // the next sweep looks again
    )
  })
}
