import { test } from 'vitest'
import { chaosSeeds, surviveKills } from './chaos.ts'

test.each(chaosSeeds(1))('K1 seed %i: the server is killed twice, and every result is right, none lost, none doubled', async (seed) => {
  console.log(`seed ${seed} ${await surviveKills(seed)}`)
})
