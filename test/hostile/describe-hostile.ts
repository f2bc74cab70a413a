/** The suite of one browser: every bundle against the whole sandbox, side by side, then the memory bombs one after the other. */
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Browser, BrowserEngine } from '../support/browsers/browser.ts'
import { LONG_TESTS } from '../support/long-tests.ts'
import { assault } from './arena.ts'
import { ATTACKS, type Attack } from './attacks.ts'
import { busiestThread } from './busiest-thread.ts'
import { Arenas, type BrowserArena } from './in-browser.ts'
import { judgeBite, judgeWhole, Lanes, type Verdict } from './lanes.ts'
import { type MatrixRow, printTable } from './matrix.ts'
import { Sink } from './sink.ts'

/** What was sent late has arrived by then. */
const AFTERWARDS_MS = 500

/** One bundle in `count`, from the one at `from`, and those that attack the page; without memory bombs, which take the machine. */
export const oneIn = (count: number, from: number): ((attack: Attack) => boolean) => {
  const part = new Set(ATTACKS.filter(({ name }, i) => i % count === from && !name.startsWith('memory/')))
  return (attack) => part.has(attack) || attack.name.startsWith('page/')
}

/** One of each kind of what can hang. */
const HANGS = ['hang/loop', 'hang/native', 'hang/wasm']
/** A thread that loops always wants a core. */
const REST_SHARE = 0.8

/** Whose judge measures the machine or the page takes place alone. */
const isLoud = ({ name }: Attack): boolean => /^(memory|page)\//.test(name)

/** A page with its own sink, so that what comes to it can be told from what the other lanes cause. */
class Lane {
  readonly arena: BrowserArena
  readonly #arenas: Arenas
  readonly #sink: Sink

  private constructor(arena: BrowserArena, arenas: Arenas, sink: Sink) {
    this.arena = arena
    this.#arenas = arenas
    this.#sink = sink
  }

  static async open(browser: Browser): Promise<Lane> {
    const sink = await Sink.open()
    const arenas = new Arenas(browser, sink)
    return new Lane(await arenas.whole(), arenas, sink)
  }

  async judgeWeakened(attack: Attack): Promise<Verdict> {
    const where = attack.bitesIn as Exclude<Attack['bitesIn'], 'bare child'>
    const verdict = await judgeBite(() => this.#arenas.weakened(where), attack)
    this.arena.takeVisits()
    return verdict
  }

  async close(): Promise<void> {
    await this.arena.close()
    await this.#arenas.close()
    await this.#sink.close()
  }
}

export interface HostileOptions {
  /** Pages at once. More than one where each has a process of its own, or they would measure each other. */
  readonly lanes: number
  /** Which attacks are tried here at all. @default all */
  readonly tries?: (attack: Attack) => boolean
  /** Which attacks are also shown to bite, in the weakened configuration the table names. */
  readonly bites: (attack: Attack) => boolean
}

export function describeHostile(engine: BrowserEngine, { lanes: count, tries = () => true, bites }: HostileOptions): void {
  describe(`X14 ${engine.name}`, () => {
    let browser: Browser | undefined
    let open: Lane[] = []
    let lanes: Lanes<Lane>
    const rows = new Map<string, MatrixRow>()
    const why = engine.missing()

    beforeAll(async () => {
      // A time zone that no bundle may find out, and that shows it where it can.
      Object.assign(process.env, { TZ: 'Asia/Kolkata' })
      if (why !== undefined) return
      browser = await engine.launch()
      open = await Promise.all(Array.from({ length: count }, () => Lane.open(browser!)))
      lanes = new Lanes(open)
    })
    afterAll(async () => {
      if (rows.size > 0) console.log(printTable(engine.name, [...rows.values()]))
      await Promise.all(open.map((lane) => lane.close()))
      await browser?.close()
    })

    const breaksNothing = (attack: Attack) =>
      lanes.use(async (lane) => {
        const { broken, facts } = await judgeWhole(lane.arena, attack)
        rows.set(attack.name, { attack, whole: broken, bites: {} })
        expect(broken, JSON.stringify(facts)).toEqual([])
      })
    const breaks = (attack: Attack) =>
      lanes.use(async (lane) => {
        const { broken, facts } = await lane.judgeWeakened(attack)
        if (broken.includes(attack.breaks)) rows.get(attack.name)!.bites[attack.bitesIn] = 'x'
        expect(broken, JSON.stringify(facts)).toContain(attack.breaks)
      })

    const tried = ATTACKS.filter(tries)
    test('X14 forty bundles at least are tried', () => expect(tried.length).toBeGreaterThanOrEqual(40))
    const swift = tried.filter((attack) => !isLoud(attack))
    test.concurrent.for(swift)('X14 $name breaks nothing', async (attack, context) => {
      context.skip(why !== undefined, why)
      await breaksNothing(attack)
    })
    test.for(tried.filter(isLoud))('X14 $name breaks nothing', async (attack, context) => {
      context.skip(why !== undefined, why)
      await breaksNothing(attack)
    })
    test('X5 nothing arrives afterwards', async (context) => {
      context.skip(why !== undefined, why)
      await setTimeout(AFTERWARDS_MS)
      expect(open.flatMap(({ arena }) => arena.takeVisits())).toEqual([])
    })
    const biting = tried.filter((attack) => attack.bitesIn !== 'bare child' && bites(attack))
    test.concurrent.for(biting.filter((attack) => !isLoud(attack)))('X14 $name bites: $bitesIn', async (attack, context) => {
      context.skip(why !== undefined, why)
      await breaks(attack)
    })
    test.for(biting.filter(isLoud))('X14 $name bites: $bitesIn', async (attack, context) => {
      context.skip(why !== undefined, why)
      await breaks(attack)
    })
  })
}

/** In a browser of its own: what goes on in the other may be what a bundle left there. */
export function describeRest(engine: BrowserEngine): void {
  const why = engine.missing()
  test.for(LONG_TESTS ? HANGS : HANGS.slice(0, 1))(
    `X2 in ${engine.name} %s computes no more a second after its deadline`,
    async (name, context) => {
      context.skip(why !== undefined, why)
      const attack = ATTACKS.find((one) => one.name === name)!
      const browser = await engine.launch()
      try {
        const lane = await Lane.open(browser)
        await assault(lane.arena, attack)
        await setTimeout(1000)
        expect(await busiestThread()).toBeLessThan(REST_SHARE)
        await lane.close()
      } finally {
        await browser.close()
      }
    },
  )
}
