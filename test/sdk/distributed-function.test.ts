import { afterEach, describe, expect, it } from 'vitest'
import { decode } from '../../sdk/codec.ts'
import { DistributedFunction, type KeyedUnit, type NextJob, type ProcessedUnit } from '../../sdk/distributed-function.ts'
import { connect, type DSage } from '../../sdk/dsage.ts'
import { DistributedFunctionTest } from '../../sdk/functions/distributed-function-test.ts'
import { DistributedFactor } from '../../sdk/functions/factor/distributed-factor.ts'
import { type FactorUnit, work as factorWork } from '../../sdk/functions/factor/work.ts'
import type { UnitSpec } from '../../sdk/protocol.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { type ScriptedServer, scriptedServer } from './scripted-server.ts'

let server: ScriptedServer
let d: DSage
const start = async (onUnit?: (unit: UnitSpec, job: string) => void) => {
  server = await scriptedServer(onUnit)
  d = await connect(server.url, { key: OWNER_KEY.privateKey })
}
const inputOf = (unit: UnitSpec) => (decode(unit.input) as unknown[])[0]
const echo = (unit: UnitSpec, job: string) => setImmediate(() => server.decide(job, 'sealed', unit.key, [{ value: inputOf(unit) }]))

afterEach(async () => {
  await d?.close()
  await server?.close()
})

/** Asks for `inputs` one after the other and is done when all are processed. */
class Recorder extends DistributedFunction<unknown, unknown, string> {
  protected readonly work = { bundle: 'export const work = (x) => x' }
  readonly seen: ProcessedUnit<unknown, unknown>[] = []
  readonly retracted: KeyedUnit<unknown>[] = []
  inputs: NextJob<unknown>[] = []
  asked = 0
  wanted = Number.POSITIVE_INFINITY
  onResult: (unit: ProcessedUnit<unknown, unknown>) => void | Promise<void> = () => {}

  protected override nextJob(): NextJob<unknown> | undefined | Promise<NextJob<unknown> | undefined> {
    this.asked++
    return this.inputs.shift()
  }

  protected override async processResult(unit: ProcessedUnit<unknown, unknown>) {
    this.seen.push(unit)
    await this.onResult(unit)
    this.done = this.seen.length >= this.wanted
    this.result = this.done ? 'all' : undefined
  }

  protected override retractResult(unit: KeyedUnit<unknown>) {
    this.retracted.push(unit)
  }
}

describe('DistributedFunctionTest', () => {
  it('J6 sums 1 to n, with at most `concurrent` units outstanding', async () => {
    let open = 0
    let most = 0
    await start((unit, job) => {
      most = Math.max(most, ++open)
      setImmediate(() => {
        open--
        server.decide(job, 'sealed', unit.key, [{ value: inputOf(unit) }])
      })
    })
    const sum = new DistributedFunctionTest(d, 100, { concurrent: 7 })
    expect(await sum.wait()).toBe(5050)
    expect(sum.result).toBe(5050)
    expect(sum.done).toBe(true)
    expect(sum.processedJobs).toHaveLength(100)
    expect(sum.outstandingJobs).toEqual([])
    expect(most).toBe(7)
    expect(server.jobs.get(sum.id!)!.complete).toBe(true)
    const { time } = sum
    expect(sum.time).toBe(time)
  })

  it('J6 the sum is right when results are taken back and given anew', async () => {
    await start((unit, job) =>
      setImmediate(() => {
        // Not the last: the sum is done as soon as that one is there.
        if (unit.key !== '4') {
          server.decide(job, 'accepted', unit.key, [{ value: 1000 }])
          server.decide(job, 'retracted', unit.key)
          server.decide(job, 'accepted', unit.key, [{ value: inputOf(unit) }])
        }
        server.decide(job, 'sealed', unit.key, [{ value: inputOf(unit) }])
      }),
    )
    const sum = new DistributedFunctionTest(d, 4, { concurrent: 1 })
    expect(await sum.wait()).toBe(10)
    expect(sum.processedJobs.map(({ key }) => key)).toEqual(['1', '2', '3', '4'])
  })

  it('J6 nothing to sum is zero', async () => {
    await start()
    expect(await new DistributedFunctionTest(d, 0).wait()).toBe(0)
    expect(() => new DistributedFunctionTest(d, -1)).toThrow('Expected n to be a whole number')
  })
})

describe('DistributedFunction', () => {
  it('J6 nextJob is asked again after results, waitingJobs go first, keys default to the digest of the input', async () => {
    await start(echo)
    const recorder = new Recorder(d)
    recorder.wanted = 3
    recorder.waitingJobs.push({ input: 'a' })
    recorder.onResult = ({ input }) => {
      if (input === 'a') recorder.inputs.push({ input: 'b' }, { key: 'own', input: 'c' })
    }
    expect(await recorder.wait()).toBe('all')
    expect(recorder.seen.map(({ output }) => output)).toEqual(['a', 'b', 'c'])
    expect(recorder.seen[0]!.key).toMatch(/^[0-9a-f]{64}$/)
    expect(recorder.seen[2]!.key).toBe('own')
  })

  it('J6 while nextJob takes its time, what it gave before is computed', async () => {
    const computed = Promise.withResolvers<void>()
    await start((unit, job) => {
      if (unit.key === 'x') computed.resolve()
      echo(unit, job)
    })
    class Slow extends Recorder {
      protected override nextJob() {
        const next = this.inputs.shift()
        return next?.key === 'y' ? computed.promise.then(() => next) : next
      }
    }
    const slow = new Slow(d)
    slow.wanted = 2
    slow.inputs = ['x', 'y'].map((key) => ({ key, input: key }))
    expect(await slow.wait()).toBe('all')
  })

  it('J6 being done drops what is outstanding and completes the inputs', async () => {
    await start((unit, job) => {
      if (unit.key === 'x') echo(unit, job)
    })
    const recorder = new Recorder(d, { concurrent: 3 })
    recorder.wanted = 1
    recorder.inputs = ['x', 'y', 'z'].map((key) => ({ key, input: key }))
    await recorder.wait()
    const dropped = server.asked.filter(({ event }) => event === 'drop').flatMap(({ message }) => message.keys)
    expect(dropped).toEqual(['y', 'z'])
    expect(server.jobs.get(recorder.id!)!.complete).toBe(true)
  })

  it('J6 an error of the code and a unit that was given up are answers', async () => {
    await start((unit, job) =>
      setImmediate(() => {
        if (unit.key === '1') server.decide(job, 'sealed', '1', [{ error: { name: 'TypeError', message: 'no' } }])
        else server.decide(job, 'failed', unit.key, undefined, 'deadline')
      }),
    )
    const recorder = new Recorder(d)
    recorder.wanted = 2
    recorder.inputs = [
      { key: '1', input: 1 },
      { key: '2', input: 2 },
    ]
    await recorder.wait()
    expect(recorder.seen.map(({ error }) => error)).toEqual([
      { name: 'TypeError', message: 'no' },
      { name: 'UnitFailed', message: 'deadline' },
    ])
  })

  it('J6 a retracted result is outstanding again and processed again', async () => {
    await start((unit, job) =>
      setImmediate(() => {
        server.decide(job, 'accepted', unit.key, [{ value: 'wrong' }])
        server.decide(job, 'retracted', unit.key)
        server.decide(job, 'sealed', unit.key, [{ value: 'right' }])
      }),
    )
    const recorder = new Recorder(d)
    recorder.wanted = 2
    recorder.inputs = [{ key: 'k', input: 5 }]
    await recorder.wait()
    expect(recorder.seen.map(({ output }) => output)).toEqual(['wrong', 'right'])
    const said = { state: 'accepted', confidence: 1, holders: 2 }
    expect(recorder.retracted).toEqual([{ key: 'k', input: 5, output: 'wrong', ...said }])
  })

  it('J6 what is thrown by nextJob or processResult cancels the job and is what wait rejects with', async () => {
    await start(echo)
    const recorder = new Recorder(d)
    recorder.inputs = [{ input: 1 }]
    recorder.onResult = () => {
      throw new Error('my own mistake')
    }
    await expect(recorder.wait()).rejects.toThrow('my own mistake')
    expect(server.jobs.get(recorder.id!)!.state).toBe('cancelled')
  })

  it('J6 a computation that cannot go on says so: no unit outstanding, a key given twice', async () => {
    await start(echo)
    await expect(new Recorder(d).wait()).rejects.toThrow('nextJob gave no unit while none is outstanding')
    const twice = new Recorder(d)
    twice.inputs = [{ input: [1] }, { input: [1] }]
    await expect(twice.wait()).rejects.toThrow('twice')
    for (const [bare, what] of [
      [[1, 2], 'array'],
      [7, 'number'],
      [{ key: 'a' }, 'object'],
    ] as const) {
      const wrong = new Recorder(d)
      wrong.inputs = [bare as never]
      await expect(wrong.wait()).rejects.toThrow(`expected nextJob to give { input } or { input, key }, got ${what}; wrap the input.`)
    }
    expect(() => new Recorder(d, { concurrent: 0 })).toThrow('Expected `concurrent`')
    await expect(new Recorder(d, { priority: 9 }).wait()).rejects.toMatchObject({ code: 'bad-argument' })
  })

  it('J6 stop cancels the job and wait rejects with JobCancelled', async () => {
    await start()
    const recorder = new Recorder(d)
    recorder.inputs = [{ input: 1 }]
    recorder.start()
    await expect(recorder.wait({ timeout: 0 })).rejects.toMatchObject({ code: 'timed-out' })
    while ((server.jobs.get(recorder.id!)?.units.size ?? 0) === 0) await new Promise(setImmediate)
    await recorder.stop()
    await expect(recorder.wait()).rejects.toMatchObject({ name: 'JobCancelled' })
    expect(server.jobs.get(recorder.id!)!.state).toBe('cancelled')
  })

  it('J6 a job cancelled elsewhere ends it', async () => {
    await start()
    const recorder = new Recorder(d)
    recorder.inputs = [{ input: 1 }]
    const end = expect(recorder.wait()).rejects.toMatchObject({ name: 'JobCancelled' })
    while (!server.jobs.has(recorder.id ?? '')) await new Promise(setImmediate)
    await d.kill(recorder.id!)
    await end
  })
})

describe('DistributedFactor', () => {
  it('J6 factors with units computed elsewhere, and without any when the algebra suffices', async () => {
    await start((unit, job) =>
      setImmediate(() => server.decide(job, 'sealed', unit.key, [{ value: factorWork(inputOf(unit) as FactorUnit) }])),
    )
    const n = 1_000_003n * 1_000_033n * 1_000_000_007n
    const far = new DistributedFactor(d, n, { bundle: 'export const work = 0', distributeFrom: 0, trialDivisionLimit: 100_000 })
    const result = await far.wait()
    expect(result.complete).toBe(true)
    expect(far.primeFactors).toEqual([
      [1_000_003n, 1],
      [1_000_033n, 1],
      [1_000_000_007n, 1],
    ])
    expect(far.compositeFactors).toEqual([])
    expect(far.processedJobs.length).toBeGreaterThan(0)
    const near = new DistributedFactor(d, '2^60-1', { bundle: 'export const work = 0' })
    await near.wait()
    expect(near.primeFactors.reduce((product, [prime, exponent]) => product * prime ** BigInt(exponent), 1n)).toBe(2n ** 60n - 1n)
  })

  it('J4 a number that cannot be factored is named', async () => {
    await start()
    expect(() => new DistributedFactor(d, 0n)).toThrow('Expected an integer other than 0')
    expect(() => new DistributedFactor(d, '2^')).toThrow('Expected')
    expect(() => new DistributedFactor(d, 15n, { distributeFrom: -1 })).toThrow('distributeFrom')
  })
})
