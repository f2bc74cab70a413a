import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { behaviours, isOfTable } from './integrity/behaviour.ts'
import { CELLS, type Cell, DEVICES, PUBLISHED, SMALL_CROWD_UNITS, SMALL_CROWDS } from './integrity/cells.ts'
import { errorOf, runTrial, sealedShareOf, type Tally, type Trial, workOf } from './integrity/trial.ts'
import { votesNeeded, votingError } from './integrity/voting.ts'

const crowd = await behaviours()
const job: Trial = {
  ...{ algorithm: 'ours', targetError: 1e-2, devices: DEVICES, ownDevices: 0, units: DEVICES * 20, liars: 0.2, assumed: 0.2 },
  ...{ behaviour: 'constant s=1', seeds: [1] },
}
/** The fixed seeds make these runs repeat exactly; the figures proper come from the benchmark. */
const runCell = ({ targetError, liars, units }: Cell, behaviour: string, seeds: readonly number[]): Promise<Tally> =>
  runTrial({ ...job, targetError, liars, units: DEVICES * units, behaviour, seeds })
const cellOf = (targetError: number, liars: number, units: number): Cell => {
  const cell = CELLS.find((one) => one.targetError === targetError && one.liars === liars && one.units === units)
  if (!cell) throw new Error(`Expected a cell of the table, got ${targetError}, ${liars}, ${units}`)
  return cell
}

test('Q5 every behaviour of the directory plays', () => {
  const files = readdirSync(new URL('behaviours/', import.meta.url))
  expect(files.length).toBeGreaterThanOrEqual(8)
  expect(new Set(crowd.map(({ name }) => name)).size).toBe(crowd.length)
  expect(crowd.length).toBeGreaterThan(files.length)
})

test('Q5 the same seed gives the same run', async () => {
  const [one, same, other] = [await runTrial(job), await runTrial(job), await runTrial({ ...job, seeds: [2] })]
  expect(same).toEqual(one)
  expect(other.leases).not.toBe(one.leases)
})

describe('the table of figures', () => {
  const liars = crowd.filter(isOfTable).map(({ name }) => name)

  test.each(liars)('Q11 with "%s" the error of young devices stays below 1e-2, and the work below its bar', async (behaviour) => {
    const cell = cellOf(1e-2, 0.2, 20)
    const tally = await runCell(cell, behaviour, [1, 2])
    expect(errorOf(tally)).toBeLessThanOrEqual(cell.mostError)
    expect(workOf(tally)).toBeLessThanOrEqual(cell.mostWork)
    expect(sealedShareOf(tally)).toBeGreaterThanOrEqual(0.997)
    expect(tally.delivered).toBe(tally.units)
  })

  test.each(['constant s=0.02', 'con-man K=10 s=0.1', 'hit-and-run j=1'])('Q5 with "%s" the error stays below 1e-3', async (behaviour) => {
    const cell = cellOf(1e-3, 0.2, 100)
    const tally = await runCell(cell, behaviour, [1])
    expect(errorOf(tally)).toBeLessThanOrEqual(cell.mostError)
    expect(workOf(tally)).toBeLessThanOrEqual(cell.mostWork)
  })

  test('T2 who has an engine of its own and lies in one of ten once it is trusted stays below 1e-2 without a strike', async () => {
    const cell = cellOf(1e-2, 0.2, 100)
    const tally = await runCell(cell, 'claimed engine K=10 s=0.1', [1, 2])
    expect(tally.honestStruck).toBe(0)
    expect(errorOf(tally)).toBeLessThanOrEqual(cell.mostError)
    expect(workOf(tally)).toBeLessThanOrEqual(cell.mostWork)
  })

  test('Q13 without liars nothing is wrong, nobody is struck, and little is computed twice', async () => {
    const cell = cellOf(1e-2, 0, 500)
    const tally = await runCell(cell, 'constant s=1', [1])
    expect(tally).toMatchObject({ wrong: 0, honestStruck: 0, sealed: tally.units })
    expect(workOf(tally)).toBeLessThanOrEqual(cell.mostWork)
  })

  test('T1 constant liars are all excluded, and no honest device with them', async () => {
    const tally = await runCell(cellOf(1e-2, 0.2, 100), 'constant s=0.3', [1])
    expect(tally).toMatchObject({ honestExcluded: 0, liarsExcluded: tally.liars })
  })

  test.each(SMALL_CROWDS)('Q9, Q15 $devices devices and $ownDevices own ones end, all sealed, with the work expected', async (small) => {
    const { devices, ownDevices, work } = small
    const tally = await runTrial({ ...job, devices, ownDevices, liars: 0, units: SMALL_CROWD_UNITS, seeds: [1, 2, 3, 4, 5] })
    expect([tally.delivered, tally.sealed]).toEqual([tally.units, tally.units])
    expect(Math.abs(workOf(tally) / work - 1)).toBeLessThanOrEqual(0.1)
  })
})

/** Rarer errors need the million units of the benchmark. */
const OFTEN = PUBLISHED.filter(({ error }) => error > 2e-4)

describe('the algorithms beside ours', () => {
  test('Q5 votes needed among liars that agree, by the published formula', () => {
    const table = [0.01, 0.05, 0.1, 0.2].map((liars) => [1e-2, 1e-3, 1e-4].map((error) => votesNeeded(error, liars)))
    expect(table).toEqual([
      [2, 2, 3],
      [2, 4, 5],
      [3, 5, 7],
      [7, 11, 16],
    ])
    expect(votingError(2, 0.2)).toBeCloseTo(0.104, 3)
  })

  test.each(OFTEN)(
    'Q4 plain Sarmenta gives its published figures at f = $liars, $targetError',
    async ({ liars, targetError, error, work }) => {
      const found = await Promise.all(
        ['constant s=0.1', 'constant s=0.3'].map((behaviour) =>
          runTrial({
            ...job,
            algorithm: 'sarmenta',
            targetError,
            liars,
            assumed: liars,
            units: DEVICES * 50,
            behaviour,
            seeds: [1, 2, 3, 4],
          }),
        ),
      )
      const worst = Math.max(...found.map(errorOf))
      expect(worst).toBeGreaterThan(error / 2)
      expect(worst).toBeLessThan(error * 2)
      expect(Math.abs(Math.max(...found.map(workOf)) / work - 1)).toBeLessThanOrEqual(0.07)
    },
  )

  test("Q5 BOINC's adaptive replication lets through what it is known to let through", async () => {
    const alone = { ...job, algorithm: 'boinc', units: DEVICES * 500 } as const
    const honest = await runTrial({ ...alone, liars: 0 })
    expect(workOf(honest)).toBeCloseTo(1.05, 2)
    const conMan = await runTrial({ ...alone, behaviour: 'con-man K=10 s=1', liars: 0.05 })
    expect(errorOf(conMan)).toBeCloseTo(0.019, 2)
  })
})
