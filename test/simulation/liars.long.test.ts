import { describe, expect, test } from 'vitest'
import { freshPostgresql } from '../support/postgresql.ts'
import { amongLiars, expectWithin, inWords, liarSeeds } from './liars.ts'

const MINUTES = 60_000
const cases = [1e-2, 1e-4].flatMap((targetError) => liarSeeds(5).map((seed) => [targetError, seed] as const))

describe('Q20 eight colluding liars of forty', () => {
  test.each(cases)(
    'Q20 at %d with seed %i on SQLite',
    async (targetError, seed) => {
      const told = await amongLiars(seed, targetError)
      console.log(`${targetError} seed ${seed}: ${inWords(told)}`)
      expectWithin(told, targetError)
    },
    5 * MINUTES,
  )

  test.each(cases)(
    'Q20 at %d with seed %i on PostgreSQL',
    async (targetError, seed) => {
      const told = await amongLiars(seed, targetError, { databaseUrl: await freshPostgresql() })
      console.log(`${targetError} seed ${seed}: ${inWords(told)}`)
      expectWithin(told, targetError)
    },
    5 * MINUTES,
  )
})

describe('Q21 and a server that is killed', () => {
  const kills = ['at some time', 'while a strike was undone', 'at some time']

  test.each(liarSeeds(3))(
    'Q21 with seed %i on SQLite',
    async (seed) => {
      const told = await amongLiars(seed, 1e-2, { kills: true })
      console.log(`seed ${seed}: ${inWords(told)}`)
      expectWithin(told, 1e-2)
      expect(told.kills).toEqual(kills)
    },
    5 * MINUTES,
  )

  test(
    'Q21 on PostgreSQL',
    async () => {
      const [seed = 0] = liarSeeds(1)
      const told = await amongLiars(seed, 1e-2, { kills: true, databaseUrl: await freshPostgresql() })
      console.log(`seed ${seed}: ${inWords(told)}`)
      expectWithin(told, 1e-2)
      expect(told.kills).toEqual(kills)
    },
    5 * MINUTES,
  )
})
