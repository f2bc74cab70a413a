import type { EventEmitter } from 'node:events'
import type { Socket } from 'socket.io'

/** RFC 6455 §7.4.1: "going away". Every engine closes so when its tab is closed, reloaded or left; what is cut off has no such code. */
const GOING_AWAY = 1001

/**
 * Calls `onAway` when the client went away, as a tab does that is closed, and was not cut off, so that it may come back. Engine.IO knows
 * the WebSocket's closing code and does not pass it on. The code may come after the disconnection: what is written while the closing
 * arrives fails first. A client that disconnects by Socket.IO's own message is not gone: the engine does so to connect anew.
 */
export function watchClosing(socket: Socket, onAway: () => void): void {
  const { transport } = socket.conn as unknown as { readonly transport: { readonly socket?: EventEmitter } }
  transport.socket?.prependOnceListener('close', (code: number) => code === GOING_AWAY && onAway())
}
