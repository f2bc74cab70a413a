import { io } from 'socket.io-client'
import * as parser from '../sdk/packet-parser.ts'
import type { ClusterStatus } from '../sdk/protocol.ts'

export type ConnectionState = 'connecting' | 'live' | 'lost'

/** The server speaks once a second; so much silence means that it is lost, milliseconds. */
const SILENCE_MS = 1_700
const LOOK_EVERY_MS = 200
const COME_BACK_MS = 500

/** Follows the server's status for as long as the page lives; a lost server is looked for until it answers. */
export function followStatus(onStatus: (status: ClusterStatus) => void, onState: (state: ConnectionState) => void): void {
  let heardAt = performance.now()
  const socket = io('/live', { parser, transports: ['websocket'], reconnectionDelay: COME_BACK_MS, reconnectionDelayMax: 2 * COME_BACK_MS })
  // The library gives up after a refusal or a farewell; a restarted server deserves another try.
  const comeBack = () => {
    if (!socket.active) setTimeout(() => socket.connect(), COME_BACK_MS)
  }
  socket.on('status', (status: ClusterStatus) => {
    heardAt = performance.now()
    onState('live')
    onStatus(status)
  })
  socket.on('connect', () => {
    heardAt = performance.now()
  })
  socket.on('disconnect', () => {
    onState('lost')
    comeBack()
  })
  socket.on('connect_error', () => {
    onState('lost')
    comeBack()
  })
  // A hidden page is put to sleep by the browser: its own silence says nothing about the server.
  setInterval(() => {
    if (document.visibilityState === 'visible' && performance.now() - heardAt > SILENCE_MS) onState('lost')
  }, LOOK_EVERY_MS)
  document.addEventListener('visibilitychange', () => {
    heardAt = performance.now()
  })
}
