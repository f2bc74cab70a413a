/**
 * Socket.IO's parser, binary: one MessagePack frame per packet. It differs from the stock ones in that a frame that is no packet
 * does not end the connection: it is delivered as the event `malformed` on the namespace last spoken to, so that the server can
 * refuse it by name and count it. Protocol: https://socket.io/docs/v4/custom-parser
 */
import { decode, encode } from '@msgpack/msgpack'
import { Emitter } from '@socket.io/component-emitter'
import { expectModestShape } from './packet-shape.ts'

const CONNECT = 0
const EVENT = 2
const ACK = 3
const CONNECT_ERROR = 4
/** Version of Socket.IO's packet layout that this parser implements. */
export const protocol = 5

interface Packet {
  type: number
  nsp: string
  data?: unknown
  id?: number
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

function hasDataOfItsType(packet: Packet): boolean {
  switch (packet.type) {
    case CONNECT:
      return packet.data === undefined || packet.data === null || isRecord(packet.data)
    case EVENT:
      return Array.isArray(packet.data) && typeof packet.data[0] === 'string'
    case ACK:
      return Array.isArray(packet.data)
    case CONNECT_ERROR:
      return isRecord(packet.data)
    default:
      return packet.type === 1
  }
}

/** The packet in `frame`, or a sentence that says what is wrong with it. */
function readPacket(frame: ArrayBuffer | Uint8Array): Packet | string {
  let value: unknown
  try {
    expectModestShape(frame)
    value = decode(frame)
  } catch (error) {
    return `Expected a MessagePack frame: ${(error as Error).message}`
  }
  if (!isRecord(value) || typeof value.type !== 'number' || typeof value.nsp !== 'string') return 'Expected a packet with `type` and `nsp`.'
  if (value.id !== undefined && !Number.isInteger(value.id)) return 'Expected `id` to be an integer or absent.'
  const packet = value as unknown as Packet
  return hasDataOfItsType(packet) ? packet : `Expected the data of a packet of type ${packet.type}.`
}

export class Encoder {
  encode(packet: Packet): [Uint8Array] {
    return [encode(packet, { ignoreUndefined: true })]
  }
}

export class Decoder extends Emitter<Record<string, never>, { decoded: (packet: Packet) => void }> {
  #namespace = '/'

  add(frame: unknown): void {
    const packet = typeof frame === 'string' ? 'Expected a binary frame, got text.' : readPacket(frame as ArrayBuffer | Uint8Array)
    if (typeof packet === 'string') {
      this.emit('decoded', { type: EVENT, nsp: this.#namespace, data: ['malformed', packet] })
      return
    }
    this.#namespace = packet.nsp
    this.emit('decoded', packet)
  }

  destroy(): void {}
}
