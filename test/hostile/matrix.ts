/** Every attack in every configuration of a browser: what each layer stops. */
import type { BrowserEngine } from '../support/browsers/browser.ts'
import { ATTACKS, type Attack, type Promised, WEAKENED, type Weakened } from './attacks.ts'
import { Arenas, type BrowserArena } from './in-browser.ts'
import { bareChildArena } from './in-process.ts'
import { judge, judgeWhole } from './lanes.ts'
import { Sink } from './sink.ts'

type Configuration = Weakened | 'bare child'

export interface MatrixRow {
  readonly attack: Attack
  /** What it breaks in the whole sandbox. */
  readonly whole: readonly Promised[]
  /** Where the promise that it is made to break is broken. */
  readonly bites: Partial<Record<Configuration, true>>
}

export interface MatrixOptions {
  /** @default every attack */
  readonly attacks?: readonly Attack[]
  /** @default every configuration */
  readonly configurations?: (attack: Attack) => readonly Configuration[]
}

const everywhere = (): readonly Configuration[] => [...WEAKENED, 'bare child']

async function rowOf(attack: Attack, whole: BrowserArena, arenas: Arenas, sink: Sink, where: readonly Configuration[]): Promise<MatrixRow> {
  const bites: MatrixRow['bites'] = {}
  const { broken } = await judgeWhole(whole, attack)
  for (const configuration of where) {
    const arena = configuration === 'bare child' ? await bareChildArena(sink) : await arenas.weakened(configuration)
    try {
      if ((await judge(arena, attack)).broken.includes(attack.breaks)) bites[configuration] = true
    } finally {
      await arena.close()
      whole.takeVisits()
    }
  }
  return { attack, whole: broken, bites }
}

export async function attackMatrix(engine: BrowserEngine, options: MatrixOptions = {}): Promise<MatrixRow[]> {
  const { attacks = ATTACKS, configurations = everywhere } = options
  const browser = await engine.launch()
  const sink = await Sink.open()
  const arenas = new Arenas(browser, sink)
  try {
    const rows: MatrixRow[] = []
    const whole = await arenas.whole()
    for (const attack of attacks) rows.push(await rowOf(attack, whole, arenas, sink, configurations(attack)))
    return rows
  } finally {
    await browser.close()
    await arenas.close()
    await sink.close()
  }
}

/** One line an attack: what it is made to break, what it breaks in the whole sandbox, and an x under each configuration in which it bites. */
export function printTable(name: string, rows: readonly MatrixRow[]): string {
  const columns = everywhere()
  const lines = rows.map(({ attack, whole, bites }) => [
    attack.name.padEnd(26),
    attack.breaks.padEnd(9),
    (whole.join(' ') || '-').padEnd(8),
    ...columns.map((column) => (bites[column] ? 'x' : '.').padEnd(column.length)),
  ])
  const head = [name.padEnd(26), 'breaks'.padEnd(9), 'whole'.padEnd(8), ...columns]
  return [head, ...lines].map((cells) => cells.join(' | ')).join('\n')
}
