import type { EventEmitter } from 'node:events'
import type { Socket } from 'socket.io'

/** RFC 6455 §7.4.1: "going away". Every engine closes so when its tab is closed, reloaded or left; what is cut off has no such code. */
const GOING_AWAY = 1001

/**
 * Tells how a socket ended: the returned function says whether the client went away, as a tab does that is closed, or whether it was cut
 * off and may come back. Engine.IO knows the WebSocket's closing code and does not pass it on. A client that disconnects by Socket.IO's
 * own message is not gone: the engine does so to connect anew.
 */
export function watchClosing(socket: Socket): () => boolean {
  const { transport } = socket.conn as unknown as { readonly transport: { readonly socket?: EventEmitter } }
  let code: number | undefined
  transport.socket?.prependOnceListener('close', (closedWith: number) => (code = closedWith))
  return () => code === GOING_AWAY
}
