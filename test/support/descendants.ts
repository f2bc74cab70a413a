import { readdirSync, readFileSync } from 'node:fs'

/** Ids of the processes below `parent`, its grandchildren included; Linux only. */
export function descendantsOf(parent: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const status = readFileSync(`/proc/${name}/status`, 'latin1')
      if (!/^State:\s+Z/m.test(status)) parents.set(Number(name), Number(/^PPid:\s+(\d+)$/m.exec(status)![1]))
    } catch {
      // The process ended while the list was read.
    }
  }
  const isBelow = (id: number | undefined): boolean => id !== undefined && (id === parent || isBelow(parents.get(id)))
  return [...parents.keys()].filter((id) => id !== parent && isBelow(id))
}
