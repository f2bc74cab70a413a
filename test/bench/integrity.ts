import { randomInt } from 'node:crypto'
import { LEAST_AUDITS } from '../../server/core/audit-plan.ts'
import { ASSUMED_SABOTEURS } from '../../server/core/credibility.ts'
import { reachOf } from '../../server/core/reach.ts'
import { NEW_TRUST } from '../../server/core/trust.ts'
import { type Behaviour, behaviours, isOfTable } from '../simulation/integrity/behaviour.ts'
import { CELLS, type Cell, DEVICES, PUBLISHED, SMALL_CROWD_UNITS, SMALL_CROWDS } from '../simulation/integrity/cells.ts'
import { type Algorithm, errorOf, sealedErrorOf, sealedShareOf, type Tally, type Trial, workOf } from '../simulation/integrity/trial.ts'
import { votesNeeded } from '../simulation/integrity/voting.ts'
import { runTrials } from './integrity-trials.ts'
import { median, type Report, type Row } from './report.ts'

/** Units of each behaviour in each cell, and of each behaviour under the other algorithms. */
const UNITS = { ours: 1_000_000, voting: 1_000_000, boinc: 200_000, sarmenta: 200_000 } as const
const FIXED_SEEDS = Array.from({ length: 20 }, (_, i) => 7919 * (i + 1))
const DRAWN = 20
const GLITCH_UNITS = 5_000
/** Of 200 devices each: one in a thousand of them is twelve, so that chance does not decide whether the bar holds. */
const GLITCH_RUNS = 60
const PUBLISHED_UNITS = 50
const SMALL_RUNS = 500
/** What voting is measured with: liars that always lie and always agree. */
const ALWAYS = 'constant s=1'

interface Part {
  readonly trials: readonly Trial[]
  readonly rows: (tallies: readonly Tally[]) => Row[]
}

export interface IntegrityOptions {
  /** Share of the units to run, for a first look. @default 1 */
  readonly scale?: number
}

/** The table "Figures": how many wrong results are delivered, at which cost, with the worst behaviour of each cell. */
export async function integrity({ scale = 1 }: IntegrityOptions = {}): Promise<Report> {
  const drawn = Array.from({ length: DRAWN }, () => randomInt(2 ** 31))
  const seeds = new Seeds(drawn, scale)
  const crowd = await behaviours()
  const parts = [
    ...CELLS.flatMap((cell) =>
      (['ours', 'voting', 'boinc', 'sarmenta'] as const).map((algorithm) => cellPart(cell, algorithm, crowd, seeds)),
    ),
    ...[0, 0.1, 0.3].map((rate) => glitchPart(rate, seeds)),
    ...SMALL_CROWDS.map((small) => smallPart(small, seeds)),
    ...PUBLISHED.map((published) => publishedPart(published, crowd, seeds)),
  ]
  const tallies = await runTrials(parts.flatMap(({ trials }) => trials))
  let next = 0
  const rows = parts.flatMap(({ trials, rows }) => {
    const own = tallies.slice(next, next + trials.length)
    next += trials.length
    return rows(own)
  })
  return {
    bench: 'integrity',
    settings: { devices: DEVICES, units: UNITS, scale, fixedSeeds: FIXED_SEEDS, drawnSeeds: drawn },
    rows: [...rows, ...reachRows()],
  }
}

/** Seeds in turn, a fixed one, then a drawn one; another start for each trial, so that all are used. */
class Seeds {
  readonly #drawn: readonly number[]
  readonly #scale: number
  #next = 0

  constructor(drawn: readonly number[], scale: number) {
    this.#drawn = drawn
    this.#scale = scale
  }

  forUnits(units: number, perRun: number): number[] {
    return this.take(Math.max(1, Math.ceil((units * this.#scale) / perRun)))
  }

  take(count: number): number[] {
    return Array.from({ length: count }, () => {
      const turn = this.#next++
      const list = turn % 2 ? this.#drawn : FIXED_SEEDS
      const index = turn >> 1
      return (list[index % list.length] as number) + Math.floor(index / list.length)
    })
  }

  scaled(runs: number): number[] {
    return this.take(Math.max(1, Math.ceil(runs * this.#scale)))
  }
}

const trialOf = (algorithm: Algorithm, { targetError, liars, units }: Cell, behaviour: string, seeds: readonly number[]): Trial => ({
  ...{ algorithm, targetError, liars, behaviour, seeds },
  ...{ devices: DEVICES, ownDevices: 0, units: DEVICES * units, assumed: ASSUMED_SABOTEURS },
})

function cellPart(cell: Cell, algorithm: Algorithm, crowd: readonly Behaviour[], seeds: Seeds): Part {
  const chosen = crowd.filter((behaviour) => plays(behaviour, cell, algorithm))
  const trials = chosen.map(({ name }) => trialOf(algorithm, cell, name, seeds.forUnits(UNITS[algorithm], DEVICES * cell.units)))
  const rows = (tallies: readonly Tally[]): Row[] => {
    const named = tallies.map((tally, i) => ({ tally, behaviour: chosen[i] as Behaviour }))
    const name = `${algorithm} targetError=${exponent(cell.targetError)} f=${cell.liars.toFixed(2)} units=${cell.units}`
    return algorithm === 'ours'
      ? [...oursRows(name, cell, named)]
      : worstRows(name, named, algorithm === 'voting' ? `, m = ${votesNeeded(cell.targetError, cell.liars)}` : '')
  }
  return { trials, rows }
}

/** Without liars their behaviours are all the same; voting knows no trust that could be earned first. */
function plays({ name, family, lifetime }: Behaviour, { liars }: Cell, algorithm: Algorithm): boolean {
  if (algorithm === 'voting' || liars === 0)
    return name === ALWAYS || (algorithm === 'ours' && (name === 'glitches 0.2 %' || lifetime !== undefined))
  return algorithm === 'ours' || !['Sybils', 'glitches', 'churn, new identities'].includes(family)
}

interface Named {
  readonly tally: Tally
  readonly behaviour: Behaviour
}

function oursRows(name: string, cell: Cell, named: readonly Named[]): Row[] {
  const ofTable = named.filter(({ behaviour }) => isOfTable(behaviour))
  const families = Map.groupBy(named, ({ behaviour }) => behaviour.family)
  const bound = cell.liars / (Math.E * LEAST_AUDITS * cell.units)
  return [
    ...worstRows(name, ofTable, '', cell),
    { name: `${name} f/(e·q·n)`, value: bound, unit: 'wrong / unit, the bound for units immune once sealed' },
    ...[...families].flatMap(([family, members]) => worstRows(`${name}, ${family}:`, members, '')),
  ]
}

/** Of each column the worst behaviour, and whether it reaches what the cell asks for. */
function worstRows(name: string, named: readonly Named[], note: string, bars?: Cell): Row[] {
  const worst = (column: string, value: (tally: Tally) => number, unit: string, sign: 1 | -1, bar?: number): Row => {
    const first = named.reduce((a, b) => (sign * value(b.tally) > sign * value(a.tally) ? b : a))
    const found = value(first.tally)
    const verdict = bar === undefined ? '' : ` · ${found <= bar ? 'holds' : 'FAILS'} ${bar}`
    return { name: `${name} ${column}`, value: found, unit: `${unit} (${first.behaviour.name}${note})${verdict}` }
  }
  const rows = [worst('error', errorOf, 'wrong / delivered', 1, bars?.mostError), worst('work', workOf, 'leases / unit', 1, bars?.mostWork)]
  if (!name.startsWith('ours')) return rows
  return [...rows, worst('sealed', sealedShareOf, 'of delivered', -1), worst('sealed error', sealedErrorOf, 'wrong / sealed', 1)]
}

const exponent = (value: number): string => value.toExponential(0)

/** Honest devices that err, alone or with one liar in twenty. */
function glitchPart(rate: number, seeds: Seeds): Part {
  const behaviour = rate === 0 ? 'glitches 0.2 %' : `glitches 0.2 %, s=${rate}`
  const cell = { ...(CELLS[0] as Cell), liars: rate === 0 ? 0 : 0.05, units: GLITCH_UNITS }
  const rows = ([tally]: readonly Tally[]): Row[] => {
    if (!tally) return []
    const name = `ours glitches=0.2% s=${rate} units=${GLITCH_UNITS}`
    const excluded = {
      name: `${name} honest excluded`,
      value: tally.honestExcluded / tally.honest,
      unit: `of ${tally.honest} honest devices · at most 0.001`,
    }
    const work = { name: `${name} work`, value: workOf(tally), unit: 'leases / unit · at most 1.15' }
    const error = { name: `${name} error`, value: errorOf(tally), unit: 'wrong / delivered' }
    if (rate === 0) return [excluded, work, error]
    const liars = {
      name: `${name} liars excluded`,
      value: tally.liarsExcluded / tally.liars,
      unit: `of ${tally.liars} · at least ${rate >= 0.3 ? 1 : 0.9}`,
    }
    return [excluded, liars, { name: `${name} units until excluded`, value: median(tally.unitsToExclusion), unit: 'median' }, work, error]
  }
  return { trials: [trialOf('ours', cell, behaviour, seeds.scaled(GLITCH_RUNS))], rows }
}

function smallPart({ devices, ownDevices, work }: (typeof SMALL_CROWDS)[number], seeds: Seeds): Part {
  const trial = { ...trialOf('ours', CELLS[0] as Cell, ALWAYS, seeds.scaled(SMALL_RUNS)), devices, ownDevices, units: SMALL_CROWD_UNITS }
  const rows = ([tally]: readonly Tally[]): Row[] => {
    if (!tally) return []
    const found = workOf(tally)
    const verdict = Math.abs(found / work - 1) <= 0.1 ? 'holds' : found < work ? 'cheaper than' : 'FAILS'
    const missing = tally.units - tally.delivered
    return [
      {
        name: `ours devices=${devices} own=${ownDevices} units=200 work`,
        value: found,
        unit: `leases / unit · ${verdict} ${work} ± 10 % · ${missing} undelivered`,
      },
    ]
  }
  return { trials: [trial], rows }
}

function publishedPart({ liars, targetError, error, work }: (typeof PUBLISHED)[number], crowd: readonly Behaviour[], seeds: Seeds): Part {
  const chosen = crowd.filter(({ family }) => family === 'constant')
  const cell: Cell = { targetError, liars, units: PUBLISHED_UNITS, mostError: 2 * error, mostWork: 1.07 * work }
  const trials = chosen.map(({ name }) => ({
    ...trialOf('sarmenta', cell, name, seeds.forUnits(UNITS.ours, DEVICES * PUBLISHED_UNITS)),
    assumed: liars,
  }))
  const name = `sarmenta assuming f targetError=${exponent(targetError)} f=${liars.toFixed(2)} units=${PUBLISHED_UNITS}`
  return {
    trials,
    rows: (tallies) =>
      worstRows(
        name,
        tallies.map((tally, i) => ({ tally, behaviour: chosen[i] as Behaviour })),
        ` · published ${error} / ${work}`,
      ),
  }
}

/** Two and three devices alone never reach the target (Q10). */
const reachRows = (): Row[] =>
  [1, 2, 3, 4].map((present) => ({
    name: `ours devices=${present} own=0 needed`,
    value: reachOf(new Array(present).fill(NEW_TRUST), 1e-2).needed,
    unit: `devices for targetError 1e-2, ${present} present`,
  }))
