import { expect, test } from 'vitest'
import { type Continuing, mayContinue, strangersMayContinue } from '../../server/core/continuing.ts'

const some = { holder: 'a:1', engine: 'v8-13', decidesAlone: false }
const quorum = { quorum: 2 }

test.each<[string, Partial<Continuing>, Partial<Continuing>, { quorum: number; verify?: string }, boolean]>([
  ['the same holder on another device', {}, {}, quorum, true],
  ['a stranger', {}, { holder: 'd:2' }, quorum, false],
  ['a stranger where one word decides', {}, { holder: 'd:2' }, { quorum: 1 }, true],
  ['a stranger where each result is verified', {}, { holder: 'd:2' }, { quorum: 2, verify: 'ab' }, true],
  ['an own device after another', { decidesAlone: true }, { holder: 'a:2', decidesAlone: true }, quorum, true],
  ['an own device after a stranger: it would seal what nobody compared', {}, { holder: 'a:2', decidesAlone: true }, quorum, false],
  ['a stranger after an own device', { decidesAlone: true }, { holder: 'd:2' }, quorum, false],
  ['the same holder with another engine', {}, { engine: 'v8-14' }, quorum, false],
  ['anybody with another engine', {}, { holder: 'd:2', engine: 'gecko-140' }, { quorum: 1 }, false],
])('X26 from a checkpoint may go on, or not: %s', (_, from, to, job, expected) => {
  expect(mayContinue({ ...some, ...from }, { ...some, ...to }, job)).toBe(expected)
})

test('X26 strangers go on from each other’s checkpoints only where one word decides or results are verified', () => {
  expect([1, 2, 10].map((count) => strangersMayContinue({ quorum: count }))).toEqual([true, false, false])
})
