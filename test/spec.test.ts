import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { deviceMoves, jobMoves, leaseMoves, unitMoves } from '../server/core/lifecycle.ts'
import { readSources } from './support/sources.ts'
import { citedIds, titlesOf } from './support/test-titles.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const spec = read('test/SPEC.md')
const rules = [...spec.matchAll(/^- \*\*([A-Z]\d+)\*\* (.*)/gm)].map(([, id = '', sentence = '']) => ({ id, sentence }))
const titles = readSources()
  .filter(({ path }) => /^test\/.*\.test\.ts$/.test(path))
  .flatMap(titlesOf)

test('R12 every rule is cited by the title of a test', () => {
  const cited = new Set(titles.flatMap(({ text }) => citedIds(text)))
  expect(rules.filter(({ id }) => !cited.has(id)).map(({ id, sentence }) => `${id} ${sentence}`)).toEqual([])
})

test('R12 every rule that a title cites stands in SPEC.md', () => {
  const known = new Set(rules.map(({ id }) => id))
  const unknown = titles.flatMap(({ text, place }) =>
    citedIds(text).flatMap((id) => (known.has(id) ? [] : [`${place}: ${id} in "${text}"`])),
  )
  expect(unknown).toEqual([])
})

test('R12 no id is given twice, and each section holds its own letter', () => {
  const ids = rules.map(({ id }) => id)
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  for (const section of spec.split(/^## /m).slice(1)) {
    const letter = /^([A-Z]): /.exec(section)?.[1]
    const strangers = [...section.matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].flatMap(([, id = '']) => (id.startsWith(letter ?? ' ') ? [] : [id]))
    expect(strangers).toEqual([])
  }
})

test('R12 the ids of a title are read as they are written', () => {
  expect(citedIds('S1 nothing is lost')).toEqual(['S1'])
  expect(citedIds('E1, E3 a restart')).toEqual(['E1', 'E3'])
  expect(citedIds('J2 J5: in order')).toEqual(['J2', 'J5'])
  expect(citedIds('SQLite S1')).toEqual([])
  expect(
    titlesOf({ path: 'a.test.ts', text: `test.each([1])('W1 %s', () => {})\nother('W2 no')\ndescribe(\`W3 \${a}\`, f)` }).map(
      ({ text }) => text,
    ),
  ).toEqual(['W1 %s', 'W3 '])
})

const MACHINES = [
  { heading: 'Job', moves: jobMoves, constraint: 'job_state_known' },
  { heading: 'WorkUnit', moves: unitMoves, constraint: 'unit_state_known' },
  { heading: 'Lease', moves: leaseMoves, constraint: 'lease_state_known' },
  { heading: 'Device', moves: deviceMoves, constraint: 'device_state_known' },
]

test.each(MACHINES)('R11 $heading has the same states in SPEC.md, the move table and both databases', ({ heading, moves, constraint }) => {
  const diagram = new RegExp(`### ${heading}\\n[^#]*?\`\`\`text\\n([^\`]*)\`\`\``).exec(spec)?.[1] ?? ''
  const drawn = diagram
    .trim()
    .split('\n')
    .map((line) => line.split(' -> '))
    .map(([from = '', to = '']) => [from, to === '(final)' ? [] : to.split(' | ')] as const)
  expect(Object.fromEntries(drawn)).toEqual(moves)
  for (const provider of ['sqlite', 'postgresql']) {
    const sql = read(`prisma/migrations/${provider}/20261120000000_initial/migration.sql`)
    const states = new RegExp(`CONSTRAINT "${constraint}" CHECK \\("state" IN \\(([^)]*)\\)\\)`).exec(sql)?.[1] ?? ''
    expect([...states.matchAll(/'([^']+)'/g)].map(([, state]) => state).sort()).toEqual(Object.keys(moves).sort())
  }
})
