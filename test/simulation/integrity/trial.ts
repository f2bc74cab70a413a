import { seeded } from '../random.ts'
import { type Behaviour, behaviours } from './behaviour.ts'
import { runBoinc } from './boinc.ts'
import type { Scene } from './crowd.ts'
import { runOurs } from './ours.ts'
import type { Outcome } from './outcome.ts'
import { runSarmenta } from './sarmenta.ts'
import { runVoting, votesNeeded } from './voting.ts'

export type Algorithm = 'ours' | 'voting' | 'boinc' | 'sarmenta'
/** The same job again and again, once for each seed. */
export interface Trial {
  readonly algorithm: Algorithm
  readonly targetError: number
  readonly devices: number
  readonly ownDevices: number
  /** Units of the job. */
  readonly units: number
  readonly liars: number
  /** The share of liars that Sarmenta's formula assumes. */
  readonly assumed: number
  readonly behaviour: string
  readonly seeds: readonly number[]
}
/** Sums over all seeds. */
export interface Tally extends Outcome {
  readonly runs: number
}

let known: Promise<Behaviour[]> | undefined

export async function runTrial(trial: Trial): Promise<Tally> {
  known ??= behaviours()
  const behaviour = (await known).find(({ name }) => name === trial.behaviour)
  if (!behaviour) throw new Error(`Expected a behaviour of test/simulation/behaviours, got "${trial.behaviour}"; name one that is there.`)
  const { devices, ownDevices, units, liars } = trial
  return add(trial.seeds.map((seed) => run(trial, { devices, ownDevices, units, liars, behaviour, random: seeded(seed) })))
}

function run({ algorithm, targetError, liars, assumed }: Trial, scene: Scene): Outcome {
  if (algorithm === 'voting') return runVoting(scene, votesNeeded(targetError, liars))
  if (algorithm === 'boinc') return runBoinc(scene)
  return algorithm === 'sarmenta' ? runSarmenta(scene, { targetError, assumed, blacklist: true }) : runOurs(scene, targetError)
}

function add(outcomes: readonly Outcome[]): Tally {
  const sum = (field: Exclude<keyof Outcome, 'unitsToExclusion'>) => outcomes.reduce((total, outcome) => total + outcome[field], 0)
  return {
    runs: outcomes.length,
    ...{ units: sum('units'), delivered: sum('delivered'), wrong: sum('wrong'), leases: sum('leases'), rounds: sum('rounds') },
    ...{ sealed: sum('sealed'), sealedWrong: sum('sealedWrong'), failed: sum('failed'), honest: sum('honest'), liars: sum('liars') },
    ...{ honestStruck: sum('honestStruck'), honestExcluded: sum('honestExcluded'), liarsExcluded: sum('liarsExcluded') },
    unitsToExclusion: outcomes.flatMap(({ unitsToExclusion }) => unitsToExclusion),
  }
}

export const errorOf = ({ wrong, delivered }: Tally): number => wrong / Math.max(1, delivered)
export const workOf = ({ leases, units }: Tally): number => leases / units
export const sealedShareOf = ({ sealed, delivered }: Tally): number => sealed / Math.max(1, delivered)
export const sealedErrorOf = ({ sealedWrong, sealed }: Tally): number => sealedWrong / Math.max(1, sealed)
