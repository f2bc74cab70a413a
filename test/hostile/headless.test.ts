import { readdirSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ATTACKS } from './attacks.ts'
import { bareChildArena, headlessArena, type ProcessArena } from './in-process.ts'
import { judge, judgeWhole } from './lanes.ts'
import { Sink } from './sink.ts'

let sink: Sink
let arena: ProcessArena
beforeAll(async () => {
  Object.assign(process.env, { TZ: 'Asia/Kolkata' })
  sink = await Sink.open()
  arena = await headlessArena(sink)
})
afterAll(async () => {
  await arena.close()
  await sink.close()
})

test('X14 the table names every bundle, forty at least, and each once', () => {
  const files = readdirSync(new URL('bundles/', import.meta.url), { recursive: true, encoding: 'utf8' })
  const bundles = files.filter((file) => file.includes('/')).map((file) => file.replace(/\.js$/, ''))
  expect(ATTACKS.map(({ name }) => name).sort()).toEqual(bundles.sort())
  expect(bundles.length).toBeGreaterThanOrEqual(40)
})

test('X14 the sink sees what comes to it', async () => {
  await fetch(`http://${sink.address}/proof`)
  expect(sink.takeVisits()).toEqual(['a connection', 'GET /proof'])
})

test.each(ATTACKS)('X14 $name breaks nothing', async (attack) => {
  const { broken, facts } = await judgeWhole(arena, attack)
  expect(broken, JSON.stringify(facts)).toEqual([])
})

test('X5 nothing arrives afterwards', async () => {
  await setTimeout(500)
  expect(arena.takeVisits()).toEqual([])
})

test.each(ATTACKS.filter(({ bitesIn }) => bitesIn === 'bare child'))('X14 $name bites: $bitesIn', async (attack) => {
  const bare = await bareChildArena(sink)
  try {
    const { broken, facts } = await judge(bare, attack)
    expect(broken, JSON.stringify(facts)).toContain(attack.breaks)
  } finally {
    await bare.close()
    sink.takeVisits()
  }
})
