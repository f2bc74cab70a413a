import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { descendantsOf } from '../support/descendants.ts'

/** Ticks of Linux's clock, a hundred a second, that a process has computed. */
function ticksOf(id: number): number {
  try {
    const fields = readFileSync(`/proc/${id}/stat`, 'latin1').split(') ').at(-1)!.split(' ')
    return Number(fields[11]) + Number(fields[12])
  } catch {
    return 0
  }
}

/** How much of one core the busiest process below this one takes. */
export async function busyShare(milliseconds: number): Promise<number> {
  const before = descendantsOf(process.pid).map((id) => [id, ticksOf(id)] as const)
  const startedAt = performance.now()
  await setTimeout(milliseconds)
  const seconds = (performance.now() - startedAt) / 1000
  return Math.max(...before.map(([id, ticks]) => (ticksOf(id) - ticks) / 100 / seconds))
}
