import { describe, expect, test } from 'vitest'
import { browsers } from '../support/browsers/browsers.ts'
import { attackMatrix, printTable } from './matrix.ts'

describe.each(browsers)('X14 $name', (engine) => {
  test('X14 every attack bites in a weakened configuration, and none in the whole sandbox', { timeout: 3_600_000 }, async (context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    const matrix = await attackMatrix(engine)
    console.log(printTable(engine.name, matrix))
    expect(matrix.filter(({ whole, attack }) => whole.some((promise) => promise !== attack.known?.[engine.name]))).toEqual([])
    if (engine.name === 'chromium') expect(matrix.filter(({ bites }) => Object.keys(bites).length === 0)).toEqual([])
  })
})
