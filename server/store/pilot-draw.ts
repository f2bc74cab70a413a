import { randomInt } from 'node:crypto'
import type { Database } from './open.ts'

/** Keys passed over by one query, a millisecond or two, in which nothing else runs on SQLite. */
const STEP = 50_000

/**
 * Keys of units of a job, drawn so that nobody can foresee which: whoever knew would make these dear and the others cheap, since their price is that
 * of all. Every unit is as likely as the next, whatever its key. Rejected: a random place between ids or keys and what follows it, which those who
 * choose the keys, or who add units in their time, could turn to their favour, and only those of the queues, which leave out what own devices hold.
 */
export async function drawKeys(db: Pick<Database, 'workUnit'>, jobId: number, units: number, most: number): Promise<string[]> {
  const keys: string[] = []
  let [last, passed] = ['', 0]
  for (const place of drawPlaces(units, most)) {
    while (place >= passed) {
      const skip = Math.min(place - passed, STEP)
      const [found] = await db.workUnit.findMany({
        ...{ where: { jobId, key: { gt: last } }, orderBy: { key: 'asc' }, skip, take: 1, select: { key: true } },
      })
      if (!found) return keys
      last = found.key
      passed += skip + 1
    }
    keys.push(last)
  }
  return keys
}

/** Different places among so many, in their order. */
function drawPlaces(count: number, most: number): number[] {
  const places = new Set<number>()
  while (places.size < Math.min(count, most)) places.add(randomInt(count))
  return [...places].sort((a, b) => a - b)
}
