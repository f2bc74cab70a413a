import { Crowd, type Scene } from './crowd.ts'
import type { Device } from './device.ts'
import type { Outcome } from './outcome.ts'
import { UNIT, UnitTable, VOTE, VOTES } from './unit-table.ts'

/** A scheduler beside ours: what a request gets, and what a result means. */
export interface Scheduler {
  /** The unit for the device, or -1; `CHECK` for a spot-check with a known answer. */
  readonly plan: (device: Device) => number
  readonly arrive: (device: Device, unit: number, answer: number) => void
  readonly isOver: () => boolean
}
export const CHECK = -2

/** The rounds of the comparisons: every device that is not excluded asks, then all return. */
export function runRounds(scene: Scene, make: (table: UnitTable, crowd: Crowd) => Scheduler, capacity = VOTES): Outcome {
  const table = new UnitTable(scene.units, capacity)
  const crowd = new Crowd(scene)
  const scheduler = make(table, crowd)
  const places = crowd.present.map((_, place) => place)
  let [leases, rounds] = [0, 0]
  for (let idle = 0; !scheduler.isOver() && idle < 3; rounds++) {
    const held: [Device, number, number][] = []
    shuffle(places, scene.random)
    for (const place of places) {
      crowd.mayLeave(place)
      const device = crowd.present[place] as Device
      const unit = device.excluded ? -1 : scheduler.plan(device)
      if (unit === -1) continue
      held.push([device, unit, unit === CHECK ? -1 : table.lease(unit, device.id)])
    }
    leases += held.length
    idle = held.length > 0 ? 0 : idle + 1
    shuffle(held, scene.random)
    for (const [device, unit, vote] of held) {
      device.returned += 1
      const answer = crowd.answer(device, unit === CHECK, () => hadLiar(table, crowd, unit, vote))
      if (vote >= 0) {
        table.inFlight[unit] = (table.inFlight[unit] as number) - 1
        table.voteState[vote] = VOTE.live
        table.voteAnswer[vote] = answer
      }
      scheduler.arrive(device, unit, answer)
    }
  }
  return outcomeOf(table, crowd, leases, rounds)
}

function hadLiar(table: UnitTable, crowd: Crowd, unit: number, vote: number): boolean {
  for (let other = unit * table.capacity; other < vote; other++) if (crowd.all[table.voteDevice[other] as number]?.liar) return true
  return false
}

export function shuffle(list: unknown[], random: () => number): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const moved = list[i]
    list[i] = list[j]
    list[j] = moved
  }
}

function outcomeOf(table: UnitTable, crowd: Crowd, leases: number, rounds: number): Outcome {
  let [delivered, wrong] = [0, 0]
  for (let unit = 0; unit < table.size; unit++) {
    if (table.state[unit] !== UNIT.accepted) continue
    delivered += 1
    wrong += table.answer[unit] === 0 ? 0 : 1
  }
  const count = (is: (device: Device) => boolean) => crowd.all.filter(is).length
  return {
    ...{ units: table.size, delivered, wrong, leases, sealed: delivered, sealedWrong: wrong, failed: table.size - delivered, rounds },
    ...{ honest: count(({ liar }) => !liar), liars: count(({ liar }) => liar), honestStruck: 0 },
    honestExcluded: count(({ liar, excluded }) => !liar && excluded),
    liarsExcluded: count(({ liar, excluded }) => liar && excluded),
    unitsToExclusion: [],
  }
}
