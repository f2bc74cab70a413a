/** Stands for a stranger's server: listens on loopback to HTTP, WebSocket and UDP, answers as invitingly as it can, and keeps what came. */
import { createHash } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

/** Nothing the sink answers is a reason to fail: any origin may read it, and every path is what it is asked for as. */
const INVITING = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}
const TYPES: Readonly<Record<string, string>> = { json: 'application/json', css: 'text/css', events: 'text/event-stream' }

function answer(request: IncomingMessage, response: ServerResponse): void {
  const type = TYPES[/(\w+)$/.exec(request.url!)?.[1] ?? ''] ?? 'text/javascript'
  response.writeHead(200, { ...INVITING, 'Content-Type': type })
  response.end(type === 'text/javascript' ? 'export default 1' : type === 'application/json' ? '{}' : '\n')
}

function acceptSocket(request: IncomingMessage, socket: Duplex): void {
  const key = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`)
}

export class Sink {
  readonly #server: Server
  readonly #datagrams: Socket
  readonly #visits: string[] = []
  readonly #sockets = new Set<Duplex>()

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#visits.push(`${request.method} ${request.url}`)
      answer(request, response)
    })
    this.#server.on('connection', (socket) => {
      this.#visits.push('a connection')
      this.#sockets.add(socket)
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      this.#visits.push(`WebSocket ${request.url}`)
      acceptSocket(request, socket)
    })
    this.#datagrams = createSocket('udp4').on('message', () => this.#visits.push('a datagram'))
  }

  static async open(): Promise<Sink> {
    const sink = new Sink()
    sink.#server.listen(0, '127.0.0.1')
    sink.#datagrams.bind(0, '127.0.0.1')
    await Promise.all([once(sink.#server, 'listening'), once(sink.#datagrams, 'listening')])
    return sink
  }

  /** Host and port for HTTP and WebSockets. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Host and port for UDP. */
  get datagramAddress(): string {
    return `127.0.0.1:${this.#datagrams.address().port}`
  }

  /** What came since the last call. */
  takeVisits(): string[] {
    return this.#visits.splice(0)
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#datagrams.close()
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
