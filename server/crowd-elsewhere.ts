import type { Crowd, Presence } from './crowd.ts'
import type { DeviceRecord } from './store/store.ts'
import type { Timers } from './timers.ts'

/** What one server tells the others of a device. */
export interface MemberElsewhere {
  readonly device: DeviceRecord
  readonly network: string | null
  /** Whether it asked for work there. */
  readonly hasAsked: boolean
}
/** A server that has said nothing for so long is gone, and its devices with it, milliseconds. */
const SILENT_MS = 15_000
/** Times nothing new is told before it is told again, once a second. */
const TOLD_AGAIN = 5

/** Devices of the other servers over the same database, as these say: a crowd is one, whichever server its devices reached. */
export class CrowdElsewhere {
  readonly #crowd: Crowd
  readonly #timers: Timers
  readonly #servers = new Map<string, { members: Map<number, Presence>; silence: () => void }>()
  readonly #listeners: ((members: readonly MemberElsewhere[]) => void)[] = []
  #isNews = true
  #untold = 0

  constructor(crowd: Crowd, timers: Timers) {
    this.#crowd = crowd
    this.#timers = timers
    crowd.onChange(() => {
      this.#isNews = true
    })
  }

  /** Called with what other servers must hear of this one's devices. */
  onNews(listener: (members: readonly MemberElsewhere[]) => void): void {
    this.#listeners.push(listener)
  }

  /** Once a second. */
  tell(): void {
    this.#untold += 1
    if (this.#listeners.length === 0 || (!this.#isNews && this.#untold < TOLD_AGAIN)) return
    this.#isNews = false
    this.#untold = 0
    const members = this.#crowd.chooseForOthers().map(({ device, network, hasAsked }) => ({ device, network, hasAsked }))
    for (const listener of this.#listeners) listener(members)
  }

  /** These are at the server of this name now, and no others. */
  hear(server: string, members: readonly MemberElsewhere[]): void {
    const known = this.#servers.get(server)
    known?.silence()
    const before = known?.members ?? new Map<number, Presence>()
    const now = new Map<number, Presence>()
    for (const { device, network, hasAsked } of members) {
      const presence = before.get(device.id) ?? this.#crowd.enterElsewhere(device, network)
      if (hasAsked) presence?.ask()
      if (presence) now.set(device.id, presence)
    }
    for (const [id, presence] of before) if (!now.has(id)) presence.leave()
    const silence = this.#timers.after(SILENT_MS, () => this.hear(server, []))
    if (members.length > 0) this.#servers.set(server, { members: now, silence })
    else {
      silence()
      this.#servers.delete(server)
    }
  }
}
