/** Where an attack takes place: a browser or a process, whole or weakened. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import type { UnitToRun } from '../../web-worker-client/engine/sandbox-thread.ts'
import { unitOf } from '../client/sandbox-support.ts'
import { type Attack, bundleOf, type Places } from './attacks.ts'
import { DEADLINE_SECONDS, type Facts, HONEST_CODE, HONEST_INPUT, MOST_KEPT_BYTES, PATIENCE_SECONDS, type Run } from './judge.ts'
import type { KeptMemory } from './kept-memory.ts'
import type { PageView } from './probe.ts'

export interface Arena {
  readonly places: Places
  /** What an attack shall reach here may take a moment to arrive; where it shall not, the end of all attacks is waited for. */
  readonly weakened: boolean
  /** @default DEADLINE_SECONDS */
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
  const timeoutSeconds = arena.deadlineSeconds ?? DEADLINE_SECONDS
  const run = (text: string, inputs: readonly unknown[], job: string) =>
    arena.run(unitOf(text, inputs, { job, timeoutSeconds, memoryMegabytes: 64 }), PATIENCE_SECONDS)
  // A bundle's deadline begins when it has a sandbox: that one exists is not what is measured.
  if (attack.breaks === 'deadline' || attack.breaks === 'memory') await run(HONEST_CODE, [HONEST_INPUT], attack.name)
  arena.memory.note()
  await arena.look()
  const own = monitorEventLoopDelay({ resolution: 10 })
  own.enable()
  const first = await run(code, attack.inputs, attack.name)
  const keptBytes = attack.breaks === 'memory' ? await arena.memory.bytesNow(MOST_KEPT_BYTES) : 0
  const again = attack.again && (await run(code, attack.again.inputs, attack.name))
  const next = await run(HONEST_CODE, [HONEST_INPUT], 'an honest job')
  const visits = await visitsAt(arena, attack)
  const view = await arena.look()
  own.disable()
  return { first, again, next, visits, view, machineLateMs: own.max / 1e6, keptBytes }
}
