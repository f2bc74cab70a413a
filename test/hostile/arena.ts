/** Where an attack takes place: a browser or a process, whole or weakened. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import type { UnitToRun } from '../../web-worker-client/engine/sandbox-thread.ts'
import { unitOf } from '../client/sandbox-support.ts'
import { type Attack, bundleOf, type Places } from './attacks.ts'
import { DEADLINE_SECONDS, deadlineOf, type Facts, HONEST_CODE, HONEST_INPUT, MOST_KEPT_BYTES, patienceAfter, type Run } from './judge.ts'
import type { KeptMemory } from './kept-memory.ts'
import type { PageView } from './probe.ts'

export interface Arena {
  readonly places: Places
  /** What an attack shall reach here may take a moment to arrive; where it shall not, the end of all attacks is waited for. */
  readonly weakened: boolean
  /** Of every unit. @default what the attack's own is, and DEADLINE_SECONDS for honest ones */
  readonly deadlineSeconds?: number
  /** Of the browser or the process. */
  readonly memory: KeptMemory
  run(unit: UnitToRun, patienceSeconds: number): Promise<Run>
  look(): Promise<PageView>
  takeVisits(): string[]
}

/** What came; where something should come, within a second. */
async function visitsAt({ weakened, takeVisits }: Arena, { breaks }: Attack): Promise<string[]> {
  const endsAt = performance.now() + (weakened && breaks === 'network' ? 1000 : 0)
  const visits = takeVisits()
  while (visits.length === 0 && performance.now() < endsAt) {
    await setTimeout(20)
    visits.push(...takeVisits())
  }
  return visits
}

export async function assault(arena: Arena, attack: Attack): Promise<Facts> {
  const code = bundleOf(attack, arena.places)
  const run = (text: string, inputs: readonly unknown[], job: string, deadlineSeconds: number) => {
    const timeoutSeconds = arena.deadlineSeconds ?? deadlineSeconds
    return arena.run(unitOf(text, inputs, { job, timeoutSeconds, memoryMegabytes: 64 }), patienceAfter(deadlineSeconds))
  }
  const honest = (job: string) => run(HONEST_CODE, [HONEST_INPUT], job, DEADLINE_SECONDS)
  const hostile = (inputs: readonly unknown[]) => run(code, inputs, attack.name, deadlineOf(attack))
  // A bundle's deadline begins when it has a sandbox: that one exists is not what is measured.
  if (attack.breaks === 'deadline' || attack.breaks === 'memory') await honest(attack.name)
  arena.memory.note()
  await arena.look()
  const own = monitorEventLoopDelay({ resolution: 10 })
  own.enable()
  const first = await hostile(attack.inputs)
  const keptBytes = attack.breaks === 'memory' ? await arena.memory.bytesNow(MOST_KEPT_BYTES) : 0
  const again = attack.again && (await hostile(attack.again.inputs))
  const next = await honest('an honest job')
  const visits = await visitsAt(arena, attack)
  const view = await arena.look()
  own.disable()
  return { first, again, next, visits, view, machineLateMs: own.max / 1e6, keptBytes }
}
