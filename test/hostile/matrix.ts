/** Every attack in every configuration of a browser: what each layer stops. */
import { setTimeout } from 'node:timers/promises'
import type { Browser, BrowserEngine } from '../support/browsers/browser.ts'
import { ATTACKS, type Attack, type Promised, WEAKENED, type Weakened } from './attacks.ts'
import { Arenas, type BrowserArena } from './in-browser.ts'
import { bareChildArena } from './in-process.ts'
import { judge, judgeWhole } from './lanes.ts'
import { Sink } from './sink.ts'

type Configuration = Weakened | 'bare child'
type Bite = 'x' | '!'

/** An attack, an honest unit and what is looked at take less. */
const LOST_MS = 20_000

export interface MatrixRow {
  readonly attack: Attack
  /** What it breaks in the whole sandbox. */
  readonly whole: readonly Promised[]
  /** Where the promise that it is made to break is broken, or the whole page was lost. */
  readonly bites: Partial<Record<Configuration, Bite>>
}

export interface MatrixOptions {
  /** @default every attack */
  readonly attacks?: readonly Attack[]
  /** @default every configuration */
  readonly configurations?: (attack: Attack) => readonly Configuration[]
}

const everywhere = (): readonly Configuration[] => [...WEAKENED, 'bare child']

/** A browser, the pages in it, and a sink of their own. */
class Stage {
  readonly sink: Sink
  readonly arenas: Arenas
  readonly #browser: Browser

  private constructor(browser: Browser, sink: Sink) {
    this.#browser = browser
    this.sink = sink
    this.arenas = new Arenas(browser, sink)
  }

  static async open(engine: BrowserEngine): Promise<Stage> {
    return new Stage(await engine.launch(), await Sink.open())
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await this.arenas.close()
    await this.sink.close()
  }
}

/** The weakened sandboxes, in a browser apart: an attack can take all of it along. */
class WeakenedStage {
  readonly #engine: BrowserEngine
  #stage: Promise<Stage>

  constructor(engine: BrowserEngine) {
    this.#engine = engine
    this.#stage = Stage.open(engine)
  }

  /** A page that the driver no longer reaches is lost: navigated away, ended, or for ever busy. */
  async bite(attack: Attack, where: Configuration): Promise<Bite | undefined> {
    const stage = await this.#stage
    const late = setTimeout(LOST_MS, 'late' as const, { ref: false })
    const seen = await Promise.race([this.#seen(stage, attack, where).catch(() => 'late' as const), late])
    stage.sink.takeVisits()
    if (seen !== 'late') return seen ? 'x' : undefined
    await stage.close().catch(() => {})
    this.#stage = Stage.open(this.#engine)
    return '!'
  }

  async #seen({ arenas, sink }: Stage, attack: Attack, where: Configuration): Promise<boolean> {
    const arena = where === 'bare child' ? await bareChildArena(sink) : await arenas.weakened(where)
    const { broken } = await judge(arena, attack)
    await arena.close()
    return broken.includes(attack.breaks)
  }

  async close(): Promise<void> {
    await (await this.#stage).close()
  }
}

async function rowOf(attack: Attack, whole: BrowserArena, weakened: WeakenedStage, where: readonly Configuration[]): Promise<MatrixRow> {
  const bites: MatrixRow['bites'] = {}
  const { broken } = await judgeWhole(whole, attack)
  for (const configuration of where) {
    const seen = await weakened.bite(attack, configuration)
    if (seen) bites[configuration] = seen
  }
  return { attack, whole: broken, bites }
}

export async function attackMatrix(engine: BrowserEngine, options: MatrixOptions = {}): Promise<MatrixRow[]> {
  const { attacks = ATTACKS, configurations = everywhere } = options
  const stage = await Stage.open(engine)
  const weakened = new WeakenedStage(engine)
  try {
    const rows: MatrixRow[] = []
    const whole = await stage.arenas.whole()
    for (const attack of attacks) rows.push(await rowOf(attack, whole, weakened, configurations(attack)))
    return rows
  } finally {
    await weakened.close()
    await stage.close()
  }
}

/** One line an attack: what it is made to break, what it breaks in the whole sandbox, and under each configuration x where it bites, ! where the page is lost. */
export function printTable(name: string, rows: readonly MatrixRow[]): string {
  const columns = everywhere()
  const lines = rows.map(({ attack, whole, bites }) => [
    attack.name.padEnd(26),
    attack.breaks.padEnd(9),
    (whole.join(' ') || '-').padEnd(8),
    ...columns.map((column) => (bites[column] ?? '.').padEnd(column.length)),
  ])
  const head = [name.padEnd(26), 'breaks'.padEnd(9), 'whole'.padEnd(8), ...columns]
  return [head, ...lines].map((cells) => cells.join(' | ')).join('\n')
}
