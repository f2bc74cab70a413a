import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { BatchSize } from '../../sdk/batch-size.ts'
import { decode } from '../../sdk/codec.ts'
import { connect, type DSage } from '../../sdk/dsage.ts'
import { EventFold } from '../../sdk/event-fold.ts'
import { InputWindow } from '../../sdk/input-window.ts'
import { isNoOlder } from '../../sdk/job-outcome.ts'
import { type EventKind, type JobSnapshot, type JobState, LIMITS, type UnitSpec } from '../../sdk/protocol.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { type ScriptedServer, scriptedServer } from './scripted-server.ts'

const bundle = { bundle: 'export const work = (n) => n * n' }
const squares = (unit: UnitSpec) => (decode(unit.input) as number[]).map((n) => ({ value: n * n }))
let server: ScriptedServer
let d: DSage
const start = async (onUnit?: (unit: UnitSpec, job: string) => void) => {
  server = await scriptedServer(onUnit)
  d = await connect(server.url, { key: OWNER_KEY.privateKey })
}
/** Answers a unit later in the same turn of the loop, as a server would: after the message that brought it. */
const seal = (unit: UnitSpec, job: string) => setImmediate(() => server.decide(job, 'sealed', unit.key, squares(unit)))
const collect = async <Value>(values: AsyncIterable<Value>): Promise<Value[]> => {
  const all: Value[] = []
  for await (const value of values) all.push(value)
  return all
}

afterEach(async () => {
  await d?.close()
  await server?.close()
})

describe('isNoOlder', () => {
  const at = (events: number, state: JobState) => ({ events, state }) as JobSnapshot

  it.each([
    ['the end of a job is not taken back by what was read before it', at(0, 'running'), at(1, 'finished'), false],
    ['nor by what was read with as many events', at(1, 'running'), at(1, 'finished'), false],
    ['a job that was opened again has more events', at(2, 'running'), at(1, 'finished'), true],
    ['an end without an event counts', at(0, 'cancelled'), at(0, 'running'), true],
    ['a pause without an event counts', at(1, 'paused'), at(1, 'running'), true],
    ['the first snapshot counts', at(0, 'running'), undefined, true],
  ])('J1 %s', (_, seen, held, newer) => expect(isNoOlder(seen, held)).toBe(newer))
})

describe('EventFold', () => {
  it('J1 sealed after accepted confirms, sealed alone delivers, retracted takes back', () => {
    const fold = new EventFold()
    const kinds: EventKind[] = ['accepted', 'sealed', 'retracted', 'sealed', 'retracted', 'accepted', 'retracted', 'failed']
    const changes = kinds.map((kind, index) => fold.apply({ n: index + 1, kind, key: '0' }))
    expect(changes).toEqual(['delivered', 'confirmed', 'retracted', 'delivered', 'retracted', 'delivered', 'retracted', 'failed'])
  })

  it('J1 after any lawful history an answer stands exactly when it was delivered once more than it was retracted', () => {
    const moves: Record<string, readonly EventKind[]> = {
      open: ['accepted', 'sealed', 'failed'],
      accepted: ['sealed', 'retracted'],
      sealed: ['retracted'],
      failed: ['retracted'],
    }
    const history = fc.array(fc.tuple(fc.nat(3), fc.nat(2)), { maxLength: 60 })
    fc.assert(
      fc.property(history, (steps) => {
        const states = new Map<string, string>()
        const standing = new Map<string, number>()
        const fold = new EventFold()
        steps.forEach(([unit, choice], index) => {
          const key = String(unit)
          const possible = moves[states.get(key) ?? 'open']!
          const kind = possible[choice % possible.length]!
          states.set(key, kind === 'retracted' ? 'open' : kind)
          const change = fold.apply({ n: index + 1, kind, key })
          const step = change === 'delivered' || change === 'failed' ? 1 : change === 'retracted' ? -1 : 0
          standing.set(key, (standing.get(key) ?? 0) + step)
          expect(fold.apply({ n: index + 1, kind, key })).toBe('repeated')
        })
        for (const [key, state] of states) expect(standing.get(key)).toBe(state === 'open' ? 0 : 1)
      }),
    )
  })
})

describe('Job', () => {
  it('J2 wait gives the values in the order of the inputs, whatever the order of the events', async () => {
    const units: [UnitSpec, string][] = []
    await start((unit, job) => {
      units.push([unit, job])
      if (units.length === 3) for (const [late, id] of units.reverse()) seal(late, id)
    })
    const job = d.map(bundle, [25, 12, 25, 32, 12], { batch: 2 })
    expect(job).not.toHaveProperty('then')
    expect(job.result).toBeUndefined()
    expect(await d.blockOnJobs(job)).toEqual([625, 144, 625, 1024, 144])
    expect(job.result).toEqual([625, 144, 625, 1024, 144])
    expect(job.state).toBe('finished')
    expect(units.map(([{ key, inputs }]) => [key, inputs])).toEqual([
      ['4', 1],
      ['2', 2],
      ['0', 2],
    ])
  })

  it('J2 an accepted result that is retracted and decided anew is the new one, and iteration tells all three', async () => {
    await start((unit, job) =>
      setImmediate(() => {
        server.decide(job, 'accepted', unit.key, [{ value: 'wrong' }])
        server.decide(job, 'retracted', unit.key)
        server.decide(job, 'accepted', unit.key, [{ value: 'right' }])
        server.decide(job, 'sealed', unit.key, [{ value: 'right' }])
      }),
    )
    const job = d.map(bundle, ['x'], { batch: 1 })
    expect(await collect(job)).toEqual([
      { index: 0, input: 'x', state: 'accepted', value: 'wrong', confidence: 1, holders: 2 },
      { index: 0, input: 'x', state: 'retracted' },
      { index: 0, input: 'x', state: 'accepted', value: 'right', confidence: 1, holders: 2 },
    ])
    expect(await job.wait()).toEqual(['right'])
  })

  it('J2 an expression gives its value, without wait too, and prints it escaped', async () => {
    await start((unit, job) => setImmediate(() => server.decide(job, 'sealed', unit.key, [{ value: '\u001b[2Jboo' }])))
    const job = d('"boo"')
    expect(await job.wait()).toBe('\u001b[2Jboo')
    const other = d.eval('"boo"')
    await other.wait()
    expect(String(other)).toBe('Job "boo": finished, "\\u001b[2Jboo"')
  })

  it('J2 no inputs are a job that finishes with no values', async () => {
    await start()
    expect(await d.map(bundle, []).wait()).toEqual([])
  })

  it('J3 a million inputs are never more than the window ahead, in units that grow, and their values are in order', async () => {
    let most = 0
    const open = new Set<string>()
    await start((unit, job) => {
      open.add(unit.key)
      most = Math.max(most, open.size)
      expect(unit.input.length).toBeLessThanOrEqual(64 * 1024)
      setImmediate(() => {
        open.delete(unit.key)
        server.jobs.get(job)!.unitSeconds = 1e-5
        server.decide(job, 'sealed', unit.key, squares(unit))
      })
    })
    const count = 1_000_000
    let read = 0
    function* inputs() {
      for (; read < count; read++) yield read
    }
    let expected = 0
    for await (const { index, value } of d.map(bundle, inputs())) {
      if (value !== index * index) throw new Error(`Expected ${index}² at ${index}, got ${value}.`)
      expected++
    }
    expect(expected).toBe(count)
    expect(most).toBeLessThanOrEqual(10_000)
    expect(server.jobs.values().next().value!.units.size).toBeLessThan(3000)
  })

  it('J3 an endless source is read only as far as the window when nothing is decided', async () => {
    await start()
    let read = 0
    let ended = false
    function* endless() {
      try {
        for (;;) yield read++
      } finally {
        ended = true
      }
    }
    const job = d.map(bundle, endless())
    while (server.jobs.get(job.id)?.units.size !== 128) await new Promise(setImmediate)
    await d.getStatus()
    expect(read).toBeLessThanOrEqual(129)
    await job.kill()
    await expect(job.wait()).rejects.toMatchObject({ name: 'JobCancelled', code: 'job-cancelled' })
    expect(ended).toBe(true)
  })

  it('J3 what a slow source has given leaves before it gives more', async () => {
    const gate = Promise.withResolvers<void>()
    async function* slow() {
      yield 3
      await gate.promise
      yield 4
    }
    await start((unit, job) => {
      seal(unit, job)
      if (unit.key === '0') gate.resolve()
    })
    expect(await d.map(bundle, slow(), { batch: 'auto' }).wait()).toEqual([9, 16])
  })

  it('J4 a failed input rejects with its index, its unit and what was thrown', async () => {
    const error = { name: 'RangeError', message: 'no \u0007 root' }
    await start((unit, job) => setImmediate(() => server.decide(job, 'sealed', unit.key, [{ value: 1 }, { error }, { value: 3 }])))
    const job = d.map(bundle, [1, -2, 3], { batch: 3, name: 'roots' })
    await expect(job.wait()).rejects.toMatchObject({
      name: 'JobFailed',
      code: 'job-failed',
      index: 1,
      unit: '0',
      error,
      message: 'Job roots failed at input 1: RangeError: no \\u{7} root',
    })
    expect((await collect(job)).map((result) => result.error ?? result.value)).toEqual([1, error, 3])
  })

  it('J4 every input of a unit that was given up is a failed input', async () => {
    await start((unit, job) => setImmediate(() => server.decide(job, 'failed', unit.key, undefined, '3 leases errored: memory')))
    const job = d.map(bundle, [1, 2, 3], { batch: 2 })
    expect((await collect(job)).map(({ index, input, state }) => [index, input, state])).toEqual([
      [0, 1, 'failed'],
      [1, 2, 'failed'],
      [2, 3, 'failed'],
    ])
    await expect(job.wait()).rejects.toThrow('3 leases errored: memory (3 inputs failed in all)')
  })

  it('J4 what goes wrong in submitting surfaces at the first await', async () => {
    await start()
    server.wishes.onMessage = (event) =>
      event === 'submit' ? { error: { code: 'unauthorised', message: 'Expected a token.' } } : undefined
    await expect(d.map(bundle, [1]).wait()).rejects.toMatchObject({ name: 'Refused', code: 'unauthorised' })
    const bad: [Parameters<DSage['map']>[2], unknown[]][] = [
      [{ batch: 0 }, [1]],
      [{ batch: LIMITS.inputsPerUnit + 1 }, [1]],
      [{ priority: 6 }, [1]],
      [{ timeout: 0.5 }, [1]],
      [{ memory: 8 }, [1]],
      [{ redundancy: { quorum: 0 } }, [1]],
      [{ name: 'x'.repeat(201) }, [1]],
      [{}, 5 as unknown as unknown[]],
      [{}, [new Uint8Array(LIMITS.payloadBytes)]],
      [{}, [() => 1]],
    ]
    server.wishes.onMessage = () => undefined
    for (const [options, inputs] of bad) {
      const job = d.map(bundle, inputs, options)
      await expect(collect(job)).rejects.toMatchObject({ code: 'bad-argument' })
      await expect(job.wait()).rejects.toMatchObject({ code: 'bad-argument' })
      await expect(job.kill()).rejects.toMatchObject({ code: 'bad-argument' })
      expect(job.state).toBe('failed')
    }
  })

  it('J4 a source that throws cancels the job and is what wait rejects with', async () => {
    const gate = Promise.withResolvers<void>()
    await start(() => gate.resolve())
    async function* broken() {
      yield 1
      await gate.promise
      throw new Error('the file ended')
    }
    const job = d.map(bundle, broken())
    await expect(job.wait()).rejects.toThrow('the file ended')
    while (server.jobs.get(job.id)!.state !== 'cancelled') await new Promise(setImmediate)
    await expect(collect(job)).rejects.toThrow('the file ended')
  })

  it('J4 a wait that is over leaves the job running', async () => {
    let release = () => {}
    await start((unit, job) => {
      release = () => seal(unit, job)
    })
    const job = d.map(bundle, [3])
    await expect(job.wait({ timeout: 0 })).rejects.toMatchObject({ name: 'TimedOut', code: 'timed-out' })
    while (!server.jobs.has(job.id)) await new Promise(setImmediate)
    release()
    expect(await job.wait()).toEqual([9])
  })

  it('J4 pause and resume are what the server says', async () => {
    await start()
    const job = d.map(bundle, [3])
    await job.pause()
    expect(job.state).toBe('paused')
    await job.resume()
    expect(job.state).toBe('running')
    await d.kill(job.id)
    await expect(collect(job)).rejects.toMatchObject({ name: 'JobCancelled' })
  })
})

describe('BatchSize', () => {
  it('J3 grows at most four-fold for each size tried, towards a second of work, and never beyond the limit', () => {
    const seconds = fc.double({ min: 0, max: 100, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(seconds, fc.nat(50)), { maxLength: 40 }), (steps) => {
        const size = new BatchSize('auto')
        let units = 0
        for (const [unitSeconds, more] of steps) {
          const before = size.inputs
          units += more
          size.measure({ unitSeconds, unitsSent: units, unitsDecided: units, unitInputs: before })
          expect(size.inputs).toBeGreaterThanOrEqual(1)
          expect(size.inputs).toBeLessThanOrEqual(Math.min(LIMITS.inputsPerUnit, before * 4))
          size.measure({ unitSeconds, unitsSent: units, unitsDecided: units, unitInputs: before })
          if (size.inputs > before) expect(size.inputs).toBeLessThanOrEqual(before * 4)
        }
      }),
    )
  })

  it('J3 settles at about one second a unit and opens the window', () => {
    const size = new BatchSize('auto')
    expect(size.unitsAhead).toBe(128)
    const decide = (round: number) => {
      const unitInputs = size.inputs
      size.measure({ unitSeconds: 0.01 * unitInputs, unitsSent: round, unitsDecided: round, unitInputs })
    }
    decide(1)
    expect(size.unitsAhead).toBe(32)
    for (let round = 2; round <= 10; round++) decide(round)
    expect(size.inputs).toBe(100)
    expect(size.unitsAhead).toBe(10_000)
    expect(new BatchSize(7).inputs).toBe(7)
  })
})

describe('InputWindow', () => {
  it('J3 keeps all of an array and the latest of anything else', () => {
    const array = [10, 20]
    expect(new InputWindow<number>(array).get(1)).toBe(20)
    const window = new InputWindow<number>(new Set())
    for (let index = 0; index < 100_001; index++) window.add(index, index, 2)
    expect([window.get(0), window.get(1), window.get(100_000)]).toEqual([undefined, 1, 100_000])
    for (let index = 100_001; index < 100_020; index++) window.add(index, index, 1024 * 1024)
    expect([window.get(100_003), window.get(100_004)]).toEqual([undefined, 100_004])
  })
})
