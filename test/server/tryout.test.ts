import { describe, expect, test } from 'vitest'
import { decode, encode, encodeOutputs } from '../../sdk/codec.ts'
import type { CheckedOutcome, CheckedUnit } from '../../server/check/check-thread.ts'
import { measureSpeed, ROUNDS_PER_SECOND } from '../../server/check/reference.ts'
import { Tryout } from '../../server/check/tryout.ts'
import { weigh } from '../../server/check/weigh.ts'
import type { TrialRequest } from '../../server/trial.ts'

/** Seconds that a unit of this machine costs beside its inputs. */
const EMPTY_SECONDS = 0.002

/** A machine whose clock is the test's: what a unit gives and how long it takes. */
interface Machine {
  /** Reference seconds a second. */
  readonly speed?: number
  /** Reference seconds of an input. */
  readonly seconds?: (input: number) => number
  /** Of an input; `before` are those that ran in its realm. */
  readonly value?: (input: number, before: readonly number[], run: number) => unknown
}

function machine({ speed = 1, seconds = () => 0.1, value = (input) => input }: Machine) {
  const realms = new Map<string, number[]>()
  const ran: string[] = []
  const run = async (unit: CheckedUnit): Promise<CheckedOutcome> => {
    const inputs = decode(unit.input) as number[]
    if (unit.job === 'reference')
      return { output: encodeOutputs([{ value: 0 }]), seconds: EMPTY_SECONDS + inputs[0]! / ROUNDS_PER_SECOND / speed }
    const before = unit.isolation === 'job' ? (realms.get(unit.job) ?? []) : []
    if (unit.isolation === 'job') realms.set(unit.job, [...before, ...inputs])
    ran.push(`${unit.isolation === 'job' ? unit.job.slice(-1) : 'alone'} ${inputs.length > 3 ? 'many' : inputs.join()}`)
    const took = EMPTY_SECONDS + inputs.reduce((sum, input) => sum + seconds(input), 0) / speed
    if (took > unit.timeoutSeconds) return { errored: 'deadline', message: 'late', seconds: unit.timeoutSeconds }
    return { output: encodeOutputs(inputs.map((input) => ({ value: value(input, before, ran.length) }))), seconds: took }
  }
  return { run, ran, speed: { speed, emptySeconds: EMPTY_SECONDS } }
}

const requestOf = (change: Partial<TrialRequest> = {}, inputs: readonly number[] = [1, 2, 3]): TrialRequest => ({
  ...{ job: 'a job', code: '', digest: '', createdAt: 0, timeoutSeconds: 600, memoryMegabytes: 64, nativeMath: false, files: [] },
  ...{ compare: undefined, verifies: false, known: undefined },
  units: inputs.map((input) => ({ key: String(input), input: encode([input]), inputs: 1, seed: new Uint8Array(16) })),
  ...change,
})

async function tryOut(how: Machine, change: Partial<TrialRequest> = {}, inputs?: readonly number[]) {
  const { run, ran, speed } = machine(how)
  const tryout = new Tryout(requestOf(change, inputs), run, speed)
  const trial = await tryout.result()
  return { ...trial!, ran, seconds: await tryout.secondsPerInput(speed) }
}

describe('T8 which realms units share', () => {
  test('T8 units that give the same alone, twice, and in one realm in two orders may share', async () => {
    const { verdict, isolation, isGeneral, ran } = await tryOut({})
    expect([verdict, isolation, isGeneral]).toEqual(['passed', 'job', true])
    const alone = ['alone 1', 'alone 2', 'alone 3']
    expect(ran).toEqual([...alone, ...alone, '0 1', '0 2', '0 3', '1 3', '1 2', '1 1'])
  })

  test.each<[string, Machine['value']]>([
    ['what ran before', (_input, before) => before.length],
    ['what ran before in one order only', (input, before) => (before[0] === 3 && input === 1 ? 'other' : input)],
  ])('T8 a job whose results hang on %s has a realm for each unit, and so have all jobs of its code', async (_, value) => {
    const { verdict, isolation, isGeneral } = await tryOut({ value: value! })
    expect([verdict, isolation, isGeneral]).toEqual(['passed', 'unit', true])
  })

  test('T8 fewer than three units, and units beside which a realm costs nothing, share none; nothing is said of the code', async () => {
    expect(await tryOut({}, {}, [1, 2])).toMatchObject({ verdict: 'passed', isolation: 'unit', isGeneral: false })
    const long = await tryOut({ seconds: () => 2 })
    expect(long).toMatchObject({ verdict: 'passed', isolation: 'unit', isGeneral: false, ran: ['alone 1', 'alone 1'] })
  })

  test('T8 what is known of the code is not tried again', async () => {
    const { isolation, ran } = await tryOut({}, { known: 'job' })
    expect(isolation).toBe('job')
    expect(ran).toHaveLength(6)
  })
})

describe('B2 what pauses a job', () => {
  const random = { value: (_input: number, _before: readonly number[], run: number) => run }

  test('B2 two outputs that differ, which its owner is shown and nobody else', async () => {
    const { verdict, reason, note } = await tryOut(random)
    expect([verdict, note]).toEqual(['differs', 'unit 1, output 0: first 1, then 4'])
    expect(reason).toBe('non-deterministic: a unit that was tried out twice gave two different outputs')
  })

  test('B2 not where they agree within the tolerance of the job, nor where `verify` says which are right', async () => {
    const close = { value: (input: number, _before: readonly number[], run: number) => input + run * 1e-12 }
    expect(await tryOut(close, { compare: { relTol: 1e-9, absTol: 0 } })).toMatchObject({ verdict: 'passed', isolation: 'unit' })
    expect(await tryOut(close)).toMatchObject({ verdict: 'differs' })
    expect(await tryOut(random, { verifies: true })).toMatchObject({ verdict: 'passed', isolation: 'unit' })
  })

  test('B2 a unit that does not end within the job’s own time, on a machine as fast as the reference', async () => {
    const { verdict, reason } = await tryOut({ seconds: () => 3 }, { timeoutSeconds: 2 })
    expect([verdict, reason]).toEqual(['failed', 'unit 1 cannot be computed: it does not end within the time that its job allows'])
    expect(await tryOut({ seconds: () => 1.5, speed: 0.5 }, { timeoutSeconds: 2 })).toMatchObject({ verdict: 'passed' })
  })
})

describe('B3 the price', () => {
  test.each([0.25, 1, 4])('B3 is the same on a machine of speed %d, for one input a unit or many', async (speed) => {
    const { run, speed: known } = machine({ speed })
    const measured = (await measureSpeed(run))!
    expect(measured.speed).toBeCloseTo(speed, 6)
    expect(measured.emptySeconds).toBe(known.emptySeconds)
    expect((await tryOut({ speed })).seconds! * speed).toBeCloseTo(0.1, 6)
    const units = [{ key: '0', input: encode([1, 2, 3]), inputs: 3, seed: new Uint8Array(16) }]
    expect((await tryOut({ speed }, { units })).seconds! * speed).toBeCloseTo(0.1, 6)
  })

  test('B3 inputs that are over sooner than can be timed are given again and again', async () => {
    const { seconds, ran } = await tryOut({ seconds: () => 1e-5 })
    expect(seconds).toBeCloseTo(1e-5, 9)
    expect(ran.at(-1)).toBe('alone many')
    const atOnce = { output: encodeOutputs([{ value: 0 }]), seconds: EMPTY_SECONDS }
    expect(await weigh([encode([1])], EMPTY_SECONDS, async () => atOnce)).toBe(0)
    expect(await weigh([encode([1])], EMPTY_SECONDS, async () => undefined)).toBeUndefined()
  })
})

describe('B5 what is too much', () => {
  test('B5 of units with many inputs only so many are tried that they are short together', async () => {
    const inputs = Array.from({ length: 1000 }, (_, i) => i)
    const units = ['0', '1', '2'].map((key) => ({ key, input: encode(inputs), inputs: 1000, seed: new Uint8Array(16) }))
    const trial = await tryOut({ seconds: () => 0.15 }, { units })
    expect(trial).toMatchObject({ verdict: 'passed', isolation: 'job' })
    expect(trial.ran.slice(0, 2)).toEqual(['alone 0', 'alone 0,1'])
    expect(trial.seconds).toBeCloseTo(0.15, 6)
    expect(trial.unitSeconds).toBeCloseTo(151, 6)
    expect(await tryOut({ seconds: () => 1e-5 }, { units })).toMatchObject({ ran: expect.arrayContaining(['alone many']) })
  })

  test('B5 one run of ten seconds in all prices it; more is neither priced nor held back', async () => {
    expect(await tryOut({ seconds: () => 7 })).toMatchObject({ verdict: 'unmeasured', reason: null, isolation: 'unit', seconds: 7 })
    const { verdict, reason, note, seconds } = await tryOut({ seconds: () => 70 })
    expect([verdict, reason, seconds]).toEqual(['unmeasured', null, null])
    expect(note).toMatch('take too long')
    expect(await tryOut({ seconds: (input) => (input === 3 ? 70 : 0.1) })).toMatchObject({ verdict: 'unmeasured', seconds: null })
  })
})
