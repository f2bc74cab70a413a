import type { OpenJob } from './store/store.ts'

/** How long a job that had nothing for a device comes after the others for it, milliseconds; up to twice as long, so that not all end at once. */
const AFTER_OTHERS_MS = 10_000
/** Devices that are remembered; losing one costs it a look at jobs that have nothing for it. */
const DEVICES = 10_000

interface Look {
  readonly events: number
  readonly until: number
}

/**
 * Which jobs had nothing for a device a moment ago: they are asked after all others, until something happens in them or time has passed. A request
 * is tried on a few jobs only, so without this a handful of jobs that wait for somebody else would keep a device from all that come after them.
 */
export class Fruitless {
  readonly #byDevice = new Map<number, Map<number, Look>>()
  readonly #random: () => number

  /** @param random numbers in [0, 1) */
  constructor(random: () => number) {
    this.#random = random
  }

  /** `jobs` in their order, those last that had nothing for the device. `now`: milliseconds. */
  order(device: number, jobs: OpenJob[], now: number): OpenJob[] {
    const looks = this.#byDevice.get(device)
    if (!looks) return jobs
    const isLast = ({ id, events }: OpenJob): boolean => {
      const look = looks.get(id)
      return look !== undefined && look.events === events && now < look.until
    }
    return [...jobs.filter((job) => !isLast(job)), ...jobs.filter(isLast)]
  }

  /** What a request was tried on in vain, in place of what was known of its device. */
  note(device: number, jobs: readonly OpenJob[], now: number): void {
    const looks = new Map([...(this.#byDevice.get(device) ?? [])].filter(([, { until }]) => now < until))
    for (const { id, events } of jobs) looks.set(id, { events, until: now + AFTER_OTHERS_MS * (1 + this.#random()) })
    this.#byDevice.delete(device)
    if (looks.size > 0) this.#byDevice.set(device, looks)
    if (this.#byDevice.size > DEVICES) this.#byDevice.delete(this.#byDevice.keys().next().value!)
  }
}
