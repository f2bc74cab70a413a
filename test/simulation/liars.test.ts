import { test } from 'vitest'
import { amongLiars, expectWithin, inWords, liarSeeds } from './liars.ts'

test.each(liarSeeds(1))('Q20 seed %i: among eight colluding liars of forty, 2,000 results stay below an error of 1e-2', async (seed) => {
  const told = await amongLiars(seed, 1e-2)
  console.log(`seed ${seed}: ${inWords(told)}`)
  expectWithin(told, 1e-2)
})
