import { describe, test } from 'vitest'
import { freshPostgresql } from '../support/postgresql.ts'
import { chaosSeeds, surviveKills } from './chaos.ts'

describe('K1 a server that is killed at any moment', () => {
  test.each(chaosSeeds(20))('K1 seed %i on SQLite: every result is right, none lost, none doubled', async (seed) => {
    console.log(`seed ${seed} ${await surviveKills(seed)}`)
  })

  test.each(chaosSeeds(3))('K1 seed %i on PostgreSQL: every result is right, none lost, none doubled', async (seed) => {
    console.log(`seed ${seed} ${await surviveKills(seed, await freshPostgresql())}`)
  })
})
