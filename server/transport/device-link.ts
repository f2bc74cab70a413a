import type { Socket } from 'socket.io'
import type { Refusal } from '../../sdk/protocol.ts'
import type { DeviceLink } from '../live.ts'

/** Without this an older socket, half open perhaps, would lease units that `hello` of the newer one has given away. */
const SUPERSEDED: Refusal = {
  code: 'superseded',
  message:
    'Another connection with this device’s secret came while this one did not answer: connect again, as a new device if both answer.',
}

interface End {
  readonly device: string
  readonly threads: number
  readonly dismiss: (why: Refusal) => void
}

/** What the engine may say to a device at the other end of a socket. */
export const linkTo = (socket: Socket, { device, threads, dismiss }: End): DeviceLink => ({
  ...{ device, threads, dismiss },
  revoke: (revocation) => socket.emit('revoke', revocation),
  ask: (hear) => askWhetherAlive(socket, hear),
  supersede: () => dismiss(SUPERSEDED),
})

function askWhetherAlive(socket: Socket, hear: (isAlive: boolean) => void): void {
  const gone = () => hear(false)
  socket.once('disconnect', gone)
  socket.emit('alive', () => {
    socket.off('disconnect', gone)
    hear(true)
  })
}
