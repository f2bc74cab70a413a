import { describe, expect, test } from 'vitest'
import { en } from '../../portal/messages/en/en.ts'
import { defaultThreads } from '../../portal/volunteer/default-threads.ts'
import { type Situation, whatHappens } from '../../portal/volunteer/why.ts'
import type { ErrorCode, IdleReason, Redundancy } from '../../sdk/protocol.ts'
import type { EngineState, VolunteerSnapshot, VolunteerTrouble } from '../../web-worker-client/index.ts'

const words = en.volunteer
const snapshot = (state: EngineState, change: Partial<VolunteerSnapshot> = {}): VolunteerSnapshot => ({
  ...{ state, connected: true, own: false, threads: [undefined], queued: 0, undelivered: 0 },
  counters: { returned: 0, errored: 0, recorded: 0, late: 0, duplicate: 0, refused: 0 },
  ...change,
})
const situation = (change: Partial<Situation> = {}): Situation => ({
  ...{ missing: [], failure: undefined, snapshot: snapshot({ name: 'idle' }), hasJustComputed: false, isPaused: false },
  ...change,
})
const said = (change: Partial<Situation> = {}) => whatHappens(situation(change), words)
const idle = (reason: IdleReason) => said({ snapshot: snapshot({ name: 'idle', reason }) })

const REASONS = Object.keys(words.idle) as IdleReason[]
const TROUBLES = Object.keys(words.trouble) as VolunteerTrouble[]
const REFUSALS: readonly ErrorCode[] = ['client-too-old', 'client-too-new', 'wrong-device-secret']

describe('P5', () => {
  test('P5 each reason, trouble and state has a sentence of its own', () => {
    const troubles = TROUBLES.map((trouble) => said({ snapshot: snapshot({ name: 'idle' }, { trouble }) }))
    const states = [
      said({ snapshot: undefined }),
      said(),
      said({ snapshot: snapshot({ name: 'connecting' }) }),
      said({ snapshot: snapshot({ name: 'computing' }) }),
      said({ snapshot: snapshot({ name: 'computing' }, { connected: false }) }),
      said({ snapshot: snapshot({ name: 'stopped' }) }),
      said({ isPaused: true }),
      said({ failure: 'no worker' }),
      ...REFUSALS.map((code) => said({ snapshot: snapshot({ name: 'stopped', refusal: { code, message: '' } }) })),
    ]
    const all = [...REASONS.map(idle), ...troubles, ...states]
    expect(new Set(all).size).toBe(all.length)
    for (const sentence of all) expect(sentence).toMatch(/^[A-Z].*([.…)]|no worker)$/)
  })

  test('P5 Q10 how many devices are needed and here is said where the server says it', () => {
    const waits = (present: number) =>
      said({ snapshot: snapshot({ name: 'idle', reason: 'needs-more-devices', devices: { needed: 4, present } }) })
    expect(waits(2)).toMatch(/needs 4 devices .* and 2 are here/)
    expect(waits(1)).toMatch(/and 1 is here/)
  })

  test('P5 Q10 what would help a job that needs more devices is said for what it asks for', () => {
    const { ways: waysOf } = en.trust.job
    const ways = (redundancy: Redundancy) => waysOf({ redundancy })
    expect(waysOf({ redundancy: { quorum: 1 }, verify: true })).toHaveLength(2)
    expect(ways({ targetError: 1e-2 })).toHaveLength(4)
    expect(ways({ targetError: 1e-2 }).at(-1)).toMatch(/anew with a fixed quorum/)
    expect(ways({ targetError: 1e-3 }).at(-1)).toMatch(/larger target error/)
    expect(ways({ quorum: 3 }).slice(3)).toEqual(['to submit it anew with a smaller quorum'])
  })

  test('P5 what this browser lacks comes before everything, what its person wants before what the server says', () => {
    expect(said({ missing: ['no-webassembly'], isPaused: true })).toBe(words.trouble['no-webassembly'])
    expect(said({ isPaused: true, snapshot: snapshot({ name: 'idle', reason: 'no-jobs' }, { trouble: 'another-tab' }) })).toBe(
      words.state.paused,
    )
    expect(said({ snapshot: snapshot({ name: 'idle', reason: 'no-jobs' }, { trouble: 'no-sandbox' }) })).toBe(words.trouble['no-sandbox'])
  })

  test('P5 gaps between short units are no idleness, a lost server or a trouble is', () => {
    expect(said({ hasJustComputed: true })).toBe(words.computing(true))
    expect(said({ hasJustComputed: true, snapshot: snapshot({ name: 'idle' }, { trouble: 'another-tab' }) })).toBe(
      words.trouble['another-tab'],
    )
    expect(said({ hasJustComputed: true, snapshot: snapshot({ name: 'connecting' }, { connected: false }) })).toBe(words.state.connecting)
  })

  test('P5 the reason of a ban is the server’s own sentence, with nothing in it that controls the line', () => {
    const refusal = { code: 'device-banned' as const, message: 'banned: it lies\u202e' }
    expect(said({ snapshot: snapshot({ name: 'stopped', refusal }) })).toBe('Stopped: banned: it lies\\u{202e}')
  })
})

test.each([
  [1, false, 1],
  [2, false, 1],
  [7, false, 3],
  [16, false, 8],
  [8, true, 1],
])('P4 of %i logical cores (phone: %s) %i are lent unless the person says otherwise', (cores, isPhone, threads) => {
  expect(defaultThreads(cores, isPhone)).toBe(threads)
})
