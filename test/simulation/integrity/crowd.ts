import type { Behaviour } from './behaviour.ts'
import { Device } from './device.ts'

export interface Scene {
  readonly devices: number
  readonly units: number
  /** Share of liars, 0 to 1. */
  readonly liars: number
  /** Own devices beside them. @default 0 */
  readonly ownDevices?: number
  readonly behaviour: Behaviour
  readonly random: () => number
}

const RIGHT = 0
const COMMON_LIE = 1

/** Everybody who is there, has been there and comes: who answers what, who leaves. */
export class Crowd {
  readonly present: Device[] = []
  /** All identities there ever were. */
  readonly all: Device[] = []
  readonly #behaviour: Behaviour
  readonly #random: () => number
  #differentLies = COMMON_LIE
  readonly #view = { checks: 0, mostChecks: 0, suspect: false, returned: 0, lies: 0, isCheck: false, seen: () => false, random: () => 0 }

  constructor({ devices, liars, ownDevices = 0, behaviour, random }: Scene) {
    this.#behaviour = behaviour
    this.#random = random
    this.#view.random = random
    const lying = Math.round(devices * liars)
    for (let i = 0; i < devices; i++) this.present.push(this.#arrive(i < lying))
    for (let i = 0; i < ownDevices; i++) this.present.push(this.#arrive(false, true))
  }

  /** The answer of the device: 0 is right, equal numbers are equal answers. */
  answer(device: Device, isCheck: boolean, seen: () => boolean): number {
    const { lies, together = 1, glitches = 0 } = this.#behaviour
    if (device.own) return RIGHT
    if (device.liar && lies(this.#look(device, isCheck, seen))) {
      device.lies += 1
      return together >= 1 || this.#random() < together ? COMMON_LIE : ++this.#differentLies
    }
    return glitches > 0 && this.#random() < glitches ? ++this.#differentLies : RIGHT
  }

  /** Lets the device of a place go if it is time; true when somebody new came. */
  mayLeave(place: number): boolean {
    const { lifetime, renewed = 0, resigns } = this.#behaviour
    const device = this.present[place] as Device
    if (device.own) return false
    const leaves = lifetime !== undefined && this.#random() * lifetime < 1 && this.#random() < renewed
    if (!leaves && !(device.liar && resigns?.(this.#look(device, false, never)))) return false
    this.present[place] = this.#arrive(device.liar)
    return true
  }

  #arrive(liar: boolean, own = false): Device {
    const { claims } = this.#behaviour
    const engineClass = liar && claims !== undefined ? `claimed-${Math.floor(this.all.length / claims)}` : 'v8'
    const device = new Device(this.all.length, liar, own, engineClass)
    this.all.push(device)
    return device
  }

  #look(device: Device, isCheck: boolean, seen: () => boolean) {
    const view = this.#view
    view.checks = device.checks
    view.mostChecks = device.mostChecks
    view.suspect = device.suspect
    view.returned = device.returned
    view.lies = device.lies
    view.isCheck = isCheck
    view.seen = seen
    return view
  }
}
const never = () => false
