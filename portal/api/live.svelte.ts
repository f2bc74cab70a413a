import { io } from 'socket.io-client'
import * as parser from '../../sdk/packet-parser.ts'
import type { ClusterStatus } from '../../sdk/protocol.ts'

export type ConnectionState = 'connecting' | 'live' | 'lost'

/** The server speaks once a second; so much silence means that it is lost, milliseconds. */
const SILENCE_MS = 1_700
const LOOK_EVERY_MS = 200
const COME_BACK_MS = 500
/** Seconds of the pace that are remembered. */
const PACES = 60

/** The server's status, followed for as long as the portal is open; a lost server is looked for until it answers. */
export class Live {
  #status = $state.raw<ClusterStatus>()
  #connection = $state<ConnectionState>('connecting')
  #paces = $state.raw<readonly number[]>([])
  #heardAt = 0

  get status(): ClusterStatus | undefined {
    return this.#status
  }

  get connection(): ConnectionState {
    return this.#connection
  }

  /** Units per second, one entry a second, the newest last. */
  get paces(): readonly number[] {
    return this.#paces
  }

  /** Begins to listen; returns its undo. */
  listen(): () => void {
    const socket = io('/live', {
      parser,
      transports: ['websocket'],
      reconnectionDelay: COME_BACK_MS,
      reconnectionDelayMax: 2 * COME_BACK_MS,
    })
    const heard = () => {
      this.#heardAt = performance.now()
    }
    const lost = () => {
      this.#connection = 'lost'
      // The library gives up after a refusal or a farewell; a restarted server deserves another try.
      if (!socket.active) setTimeout(() => socket.connect(), COME_BACK_MS)
    }
    heard()
    socket.on('connect', heard).on('disconnect', lost).on('connect_error', lost)
    socket.on('status', (status: ClusterStatus) => this.#take(status))
    // A hidden page is put to sleep by the browser: its own silence says nothing about the server.
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible' && performance.now() - this.#heardAt > SILENCE_MS) this.#connection = 'lost'
    }, LOOK_EVERY_MS)
    document.addEventListener('visibilitychange', heard)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', heard)
      socket.disconnect()
    }
  }

  #take(status: ClusterStatus): void {
    this.#heardAt = performance.now()
    this.#connection = 'live'
    this.#status = status
    this.#paces = [...this.#paces, status.unitsPerSecond].slice(-PACES)
  }
}

/** One for all pages. */
export const live = new Live()
