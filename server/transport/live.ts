import type { Namespace } from 'socket.io'
import type { ClusterStatus } from '../../sdk/protocol.ts'
import type { Timers } from '../timers.ts'
import { hearOnly } from './answering.ts'

const EVERY_MS = 1000

/** `/live`: the status, at once and then once a second, to whoever looks at the portal; nothing is computed while nobody looks. Returns what ends it. */
export function serveLive(namespace: Namespace, timers: Timers, status: () => Promise<ClusterStatus>): () => void {
  namespace.on('connection', (socket) => {
    hearOnly(socket)
    status().then(
      (now) => socket.emit('status', now),
      () => {}, // the next second asks again
    )
  })
  return timers.every(EVERY_MS, () => {
    if (namespace.sockets.size === 0) return
    status().then(
      (now) => namespace.emit('status', now),
      () => {}, // the next second asks again
    )
  })
}
