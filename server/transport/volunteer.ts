import type { Namespace, Socket } from 'socket.io'
import {
  type CheckpointRequest,
  type Hello,
  type JobBrief,
  type LeaseAnswer,
  type LeaseRequest,
  LIMITS,
  PROTOCOL_VERSION,
  type ProgressReport,
  type Refusal,
  type ReleaseRequest,
  type ReturnAnswer,
  type ReturnRequest,
  type Welcome,
} from '../../sdk/protocol.ts'
import type { Attendance } from '../attendance.ts'
import type { DevicePace } from '../auth/device-pace.ts'
import type { Greeter, IdentifyDevice, IsDevice } from '../auth/devices.ts'
import { type Sessions, sessionEnded } from '../auth/sessions.ts'
import type { Checkpoints } from '../checkpoints.ts'
import type { Coordinator, DeviceRecord, LeaseReport } from '../coordinator.ts'
import type { Presence } from '../crowd.ts'
import { PlatformError } from '../errors.ts'
import type { Leased } from '../leasing.ts'
import type { DeviceLink, Live } from '../live.ts'
import type { Reading } from '../reading.ts'
import type { RunningUnits } from '../running-units.ts'
import type { Speakers } from '../speakers.ts'
import { handler, type Listening, listen } from './answering.ts'
import { watchClosing } from './closing.ts'
import { Continuing } from './continuing.ts'
import { linkTo } from './device-link.ts'
import { InTurn } from './in-turn.ts'
import { grantsToAnswer } from './lease-answer.ts'
import { reportOf } from './report.ts'
import * as schemas from './schemas.ts'

export interface VolunteerTransport {
  readonly reading: Reading
  readonly coordinator: Coordinator
  readonly live: Live
  readonly attendance: Attendance
  readonly running: RunningUnits
  readonly checkpoints: Checkpoints
  readonly identify: IdentifyDevice
  readonly devicePace: DevicePace
  readonly knowsDevice: IsDevice
  readonly speakers: Speakers
  readonly sessions: Sessions
  readonly listening: Listening
  /** A device's last socket is gone: its leases are given away, after a while unless it said that it goes. */
  readonly onGone: (device: DeviceRecord, wentAway: boolean) => void
}

/** `/volunteer`: devices that lend cycles. */
export function serveVolunteers(namespace: Namespace, transport: VolunteerTransport): void {
  namespace.on('connection', (socket) => {
    const session = new VolunteerSession(socket, transport)
    listen(
      socket,
      {
        hello: handler(schemas.hello, (message) => session.hello(message)),
        lease: handler(schemas.leaseRequest, (message) => session.lease(message)),
        return: handler(schemas.returnRequest, (message) => session.returns.run(() => session.return(message))),
        release: handler(schemas.releaseRequest, (message) => session.release(message)),
        bundle: handler(schemas.bundleRequest, (message) => session.bundle(message.bundle)),
        checkpoint: handler(schemas.checkpointRequest, (message) => session.checkpoint(message)),
        restore: handler(schemas.restoreRequest, (message) => session.restore(message.lease)),
        progress: handler(schemas.progressReport, (message) => session.progress(message)),
      },
      transport.listening,
    )
    watchClosing(socket, () => session.goAway())
    socket.on('disconnect', () => session.end())
  })
}

class VolunteerSession {
  readonly #socket: Socket
  readonly #transport: VolunteerTransport
  readonly returns = new InTurn()
  readonly #bundlesSent = new Set<string>()
  readonly #greeter: Greeter
  #device: DeviceRecord | undefined
  #continuing: Continuing | undefined
  #disconnect: (() => void) | undefined
  #link: DeviceLink | undefined
  #presence: Presence | undefined
  #unwatch: (() => void) | undefined
  #greeting = false
  #hearing = false
  #away = false
  #parked: AbortController | undefined
  /** Raised for what was asked before a pause. */
  #wanted = new AbortController()

  constructor(socket: Socket, transport: VolunteerTransport) {
    this.#socket = socket
    this.#transport = transport
    this.#greeter = {
      isSpokenFor: (device) => transport.speakers.isSpokenFor(device, this.#link),
      expectPatience: transport.devicePace.at(transport.attendance.networkOf(socket.conn)),
    }
  }

  /** One at a time: two at once would leave the first one's device connected for ever. */
  async hello(message: Hello): Promise<Welcome> {
    expectProtocol(message.protocol)
    if (this.#greeting) throw new PlatformError('out-of-order', 'Expected one hello at a time: wait for the answer of the first.')
    this.#greeting = true
    return this.#greet(message).finally(() => {
      this.#greeting = false
    })
  }

  /** Who only knows a device's id cannot keep it from its turn. */
  async #greet(message: Hello): Promise<Welcome> {
    const { knowsDevice, speakers } = this.#transport
    const { device } = message
    const isKnown = device && (await knowsDevice(device.id, device.secret))
    return isKnown ? speakers.inTurn(device.id, () => this.#enter(message)) : this.#enter(message)
  }

  async #enter(message: Hello): Promise<Welcome> {
    const { identify, coordinator, live, sessions, attendance, speakers } = this.#transport
    const { record, secret, identity, copyOf } = await identify(message, this.#greeter)
    if (copyOf !== undefined) speakers.onCopy(copyOf, record.device)
    this.end()
    this.#device = record
    this.#continuing = new Continuing({ device: record, engine: message.engine }, this.#transport.checkpoints)
    await attendance.expect(record)
    const held = await coordinator.reconcile(record, message.held)
    if (this.#socket.connected) {
      if (identity) this.#unwatch = sessions.watch(identity, () => this.#logOut())
      this.#link = linkTo(this.#socket, { device: record.device, threads: message.threads, dismiss: (why) => this.#dismiss(why) })
      this.#disconnect = live.connect(record.id, this.#link)
      this.#presence = attendance.enter(record, this.#socket.conn)
      if (held.length > 0) this.#presence.ask() // it computes what it asked for on another connection
    }
    return { device: { id: record.device, secret }, own: record.ownFor !== 'nobody', held, ...(copyOf !== undefined && { copyOf }) }
  }

  /** One waits at a time: a second request ends the first, so that a socket parks no more than one. */
  async lease(request: LeaseRequest): Promise<LeaseAnswer> {
    const device = this.#expectDevice()
    this.#parked?.abort()
    const parked = new AbortController()
    this.#parked = parked
    this.#presence?.ask()
    const wanted = this.#wanted.signal
    return this.#answer(await this.#transport.coordinator.lease(device, request, undefined, parked.signal), wanted)
  }

  async return({ results, next }: ReturnRequest): Promise<ReturnAnswer> {
    const device = this.#expectDevice()
    const { coordinator } = this.#transport
    if (next) this.#presence?.ask()
    const wanted = this.#wanted.signal
    const reports = results.map((result) => reportOf(result, device.id))
    const valid = reports.filter((report): report is LeaseReport => !(report instanceof PlatformError))
    const [recorded, leased] = await Promise.all([coordinator.report(valid), next ? coordinator.lease(device, next, 0) : undefined])
    let at = 0
    const outcomes = reports.map((report) => {
      const outcome = report instanceof PlatformError ? report : recorded[at++]
      if (outcome instanceof PlatformError) return outcome.refusal()
      if (outcome === 'unknown-lease' || outcome === 'not-your-lease') return leaseRefusal(outcome)
      return outcome ?? 'duplicate'
    })
    return { outcomes, ...(leased ? { next: await this.#answer(leased, wanted) } : {}) }
  }

  /** A tab that is hidden or closed may have no time to give back what it asked for before. */
  async release({ leases, pausing }: ReleaseRequest): Promise<{ released: number }> {
    const device = this.#expectDevice()
    if (pausing) {
      this.#parked?.abort()
      this.#wanted.abort()
      this.#wanted = new AbortController()
      this.#presence?.pause()
    }
    const reports = leases.map((lease) => ({ lease, by: device.id, report: { kind: 'released' as const } }))
    const outcomes = await this.#transport.coordinator.report(reports)
    return { released: outcomes.filter((outcome) => outcome === 'recorded').length }
  }

  /** One at a time: who says it faster than it is heard says it in vain. */
  async progress(report: ProgressReport): Promise<{ heard: number }> {
    const device = this.#expectDevice()
    if (this.#hearing) return { heard: 0 }
    this.#hearing = true
    const heard = this.#transport.running.report(device.id, report).finally(() => {
      this.#hearing = false
    })
    return { heard: await heard }
  }

  async checkpoint({ lease, bytes }: CheckpointRequest): Promise<{ kept: boolean }> {
    return { kept: await this.#expectContinuing().keep(lease, bytes) }
  }

  async restore(lease: string): Promise<{ bytes?: Uint8Array }> {
    const bytes = await this.#expectContinuing().restore(lease)
    return bytes ? { bytes } : {}
  }

  async bundle(bundle: string): Promise<{ code: Uint8Array }> {
    this.#expectDevice()
    return { code: await this.#transport.reading.bundle(bundle) }
  }

  /** Its client says that it goes; the socket may be gone already. */
  goAway(): void {
    this.#away = true
    if (!this.#disconnect) this.end()
  }

  /** The socket is gone, or says hello anew. */
  end(): void {
    this.#parked?.abort()
    this.#unwatch?.()
    this.#disconnect?.()
    this.#disconnect = undefined
    this.#presence?.leave()
    if (this.#device && !this.#transport.live.isConnected(this.#device.id)) this.#transport.onGone(this.#device, this.#away)
  }

  /** The device itself stays: what it holds is given away after the grace, unless it logs in again. */
  #logOut(): void {
    this.#socket.emit('refused', sessionEnded().refusal())
    this.#socket.disconnect()
  }

  #dismiss(why: Refusal): void {
    this.#device = undefined
    this.#socket.emit('refused', why)
    this.#socket.disconnect()
  }

  #expectDevice(): DeviceRecord {
    if (!this.#device) throw new PlatformError('out-of-order', 'Expected hello first: say who you are.')
    return this.#device
  }

  #expectContinuing(): Continuing {
    this.#expectDevice()
    return this.#continuing!
  }

  async #answer(leased: Leased, wanted: AbortSignal): Promise<LeaseAnswer> {
    const release = () => this.#transport.coordinator.release(leased.grants.map(({ grant }) => grant.lease))
    if (!this.#socket.connected || wanted.aborted) {
      await release()
      return { leases: [], jobs: [], reason: 'no-open-units' }
    }
    try {
      const checkpointOf = await this.#expectContinuing().offer(leased)
      return await grantsToAnswer(leased, this.#bundlesSent, {
        checkpointOf,
        owner: (accountId) => this.#transport.reading.owner(accountId),
        withCode: (brief) => this.#inlineCode(brief),
      })
    } catch (error) {
      await release() // they will not arrive: nobody would compute them until their deadline
      throw error
    }
  }

  async #inlineCode(brief: JobBrief): Promise<JobBrief> {
    if (this.#bundlesSent.size > 256) this.#bundlesSent.clear()
    this.#bundlesSent.add(brief.bundle)
    const code = await this.#transport.reading.bundle(brief.bundle)
    return code.length <= LIMITS.inlineBundleBytes ? { ...brief, code } : brief
  }
}

function expectProtocol(version: number): void {
  if (version === PROTOCOL_VERSION) return
  const code = version < PROTOCOL_VERSION ? 'client-too-old' : 'client-too-new'
  const what = version < PROTOCOL_VERSION ? 'update this client' : 'this server must be updated'
  throw new PlatformError(code, `Expected protocol ${PROTOCOL_VERSION}, got ${version}: ${what}.`)
}

const leaseRefusal = (code: 'unknown-lease' | 'not-your-lease') => ({
  code,
  message:
    code === 'unknown-lease'
      ? 'Expected the id of a lease, got one nobody was given.'
      : 'Expected one of your leases, got another device’s.',
})
