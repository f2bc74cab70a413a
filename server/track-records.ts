import type { DeviceRecord, Reads, TrackRecord } from './store/store.ts'

/** What is known of how a device has done, in the engine class it has now. */
export interface Known {
  readonly checks: number
  readonly suspect: boolean
  /** As a multiple of the average device; 0 while unknown. */
  readonly speed: number
  readonly returned: number
  readonly expired: number
  /** Jobs by row id that it is kept from, as far as it has asked this server since. */
  readonly excludedFrom: ReadonlySet<number>
}
/** Devices read again each second: what they earn shows a moment later, and thousands of devices cost no more. */
const READ_AT_A_TIME = 500
const NOWHERE: ReadonlySet<number> = new Set()
const NEW: Known = { checks: 0, suspect: false, speed: 0, returned: 0, expired: 0, excludedFrom: NOWHERE }

/** How the devices that are here have done, as the database said a moment ago: it chooses sizes and says what a crowd can reach, and decides nothing. */
export class TrackRecords {
  readonly #reads: Pick<Reads, 'trackRecordsOf'>
  readonly #known = new Map<number, TrackRecord>()
  /** Few of the devices that are here are kept from any job. */
  readonly #excluded = new Map<number, ReadonlySet<number>>()
  #asked: { readonly ids: Set<number>; readonly read: Promise<void> } | undefined
  #at = 0

  constructor(reads: Pick<Reads, 'trackRecordsOf'>) {
    this.#reads = reads
  }

  of({ id, engineClass }: Pick<DeviceRecord, 'id' | 'engineClass'>): Known {
    const known = this.#known.get(id)
    if (!known) return NEW
    const { checks = 0, suspect = false } = known.trust.find((trust) => trust.engineClass === engineClass) ?? {}
    return { ...known, checks, suspect, excludedFrom: this.#excluded.get(id) ?? NOWHERE }
  }

  /** The engine has just read what it earned and which jobs it is kept from; true when that is news. */
  hear(
    { id, engineClass }: Pick<DeviceRecord, 'id' | 'engineClass'>,
    { checks, suspect }: Pick<Known, 'checks' | 'suspect'>,
    excludedFrom: Known['excludedFrom'] = NOWHERE,
  ): boolean {
    const before = this.of({ id, engineClass })
    const isKeptAsBefore = isEqual(before.excludedFrom, excludedFrom)
    if (before.checks === checks && before.suspect === suspect && isKeptAsBefore) return false
    if (excludedFrom.size > 0) this.#excluded.set(id, excludedFrom)
    else this.#excluded.delete(id)
    const known = this.#known.get(id) ?? { deviceId: id, speed: 0, returned: 0, expired: 0, trust: [] }
    const others = known.trust.filter((trust) => trust.engineClass !== engineClass)
    this.#known.set(id, { ...known, trust: [...others, { engineClass, checks, suspect }] })
    return true
  }

  /** Reads that of a device which comes; those that come at one moment are read together. */
  load(id: number): Promise<void> {
    if (!this.#asked) {
      const ids = new Set<number>()
      const read = Promise.resolve().then(() => {
        this.#asked = undefined
        return this.#read([...ids])
      })
      this.#asked = { ids, read }
    }
    this.#asked.ids.add(id)
    return this.#asked.read
  }

  /** Reads some of those that are here anew and forgets who is gone. */
  async refresh(here: readonly number[]): Promise<void> {
    const ids = new Set(here)
    for (const known of [this.#known, this.#excluded]) for (const id of known.keys()) if (!ids.has(id)) known.delete(id)
    if (here.length === 0) return
    this.#at = this.#at >= here.length ? 0 : this.#at
    const some = here.slice(this.#at, this.#at + READ_AT_A_TIME)
    this.#at += some.length
    await this.#read(some)
  }

  async #read(ids: readonly number[]): Promise<void> {
    for (const record of await this.#reads.trackRecordsOf(ids)) this.#known.set(record.deviceId, record)
  }
}

const isEqual = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean => a.size === b.size && [...a].every((one) => b.has(one))
