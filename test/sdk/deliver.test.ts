import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode } from '../../sdk/codec.ts'
import { DistributedFunction, type DistributedFunctionOptions, type Processed, type ProcessedUnit } from '../../sdk/distributed-function.ts'
import type { DSage } from '../../sdk/dsage.ts'
import { BadArgument, ResultsUnsealed } from '../../sdk/errors.ts'
import { type Deliver, EventFold } from '../../sdk/event-fold.ts'
import type { InputResult } from '../../sdk/input-result.ts'
import type { EventKind, UnitSpec } from '../../sdk/protocol.ts'
import { reject } from '../../sdk/rejection.ts'
import { scriptedConnections } from './scripted-connection.ts'

const { start } = scriptedConnections()
const bundle = { bundle: 'export const work = (x) => x' }
const inputOf = (unit: UnitSpec) => (decode(unit.input) as number[])[0]!
const trusting = { redundancy: { targetError: 1e-2 } } as const

const MOVES: Readonly<Record<string, readonly EventKind[]>> = {
  open: ['accepted', 'sealed', 'failed'],
  accepted: ['sealed', 'retracted'],
  sealed: ['retracted'],
  failed: ['retracted'],
}
/** What a unit has after each event of a lawful history. */
interface Step {
  readonly kind: EventKind
  readonly key: string
  readonly output: number
}
const lawful = fc.array(fc.tuple(fc.nat(3), fc.nat(2)), { maxLength: 60 }).map((steps): Step[] => {
  const last = new Map<string, { readonly state: string; readonly output: number }>()
  return steps.map(([unit, choice], output) => {
    const key = String(unit)
    const before = last.get(key) ?? { state: 'open', output: -1 }
    const possible = MOVES[before.state]!
    const kind = possible[choice % possible.length]!
    // A seal confirms what was accepted.
    const now = before.state === 'accepted' && kind === 'sealed' ? before.output : output
    last.set(key, { state: kind === 'retracted' ? 'open' : kind, output: now })
    return { kind, key, output: now }
  })
})

describe('J60 deliver', () => {
  it.each<Deliver>(['accepted', 'sealed'])(
    'J60 after any lawful history what was delivered is the last state of each unit: %s',
    (deliver) => {
      const counts = (kind: EventKind | undefined) =>
        kind === 'sealed' || kind === 'failed' || (kind === 'accepted' && deliver === 'accepted')
      fc.assert(
        fc.property(lawful, fc.nat(60), (history, saved) => {
          const held = new Map<string, number>()
          const last = new Map<string, Step>()
          let fold = new EventFold(deliver)
          for (const [i, step] of history.entries()) {
            // Saved and restored anywhere, it is the same fold.
            if (i === saved) fold = new EventFold(deliver, fold.after, fold.unsealed)
            const change = fold.apply({ n: i + 1, ...step })
            last.set(step.key, step)
            if (change === 'delivered' || change === 'failed') {
              expect(held.has(step.key)).toBe(false)
              held.set(step.key, step.output)
            } else if (change === 'retracted') expect(held.delete(step.key)).toBe(true)
          }
          const expected = [...last.values()].flatMap(({ kind, key, output }) => (counts(kind) ? [[key, output]] : []))
          expect(Object.fromEntries(held)).toEqual(Object.fromEntries(expected))
        }),
      )
    },
  )

  it('J60 sealed: what is accepted waits, what was taken back before it was sealed is never seen', async () => {
    const { server, d } = await start((unit, job) =>
      setImmediate(() => {
        server.decide(job, 'accepted', unit.key, [{ value: 'wrong' }])
        server.decide(job, 'retracted', unit.key)
        server.decide(job, 'accepted', unit.key, [{ value: 'right' }])
        server.decide(job, 'sealed', unit.key, [{ value: 'right' }])
      }),
    )
    const job = d.map(bundle, [7], { batch: 1, deliver: 'sealed' })
    const seen: InputResult<unknown, unknown>[] = []
    for await (const result of job) seen.push(result)
    expect(seen).toEqual([{ index: 0, input: 7, state: 'sealed', value: 'right', confidence: 1, holders: 2 }])
    expect(await job.wait()).toEqual(['right'])
    expect(await (await d.job(job.id, { deliver: 'sealed' })).wait()).toEqual(['right'])
  })

  it('J60 sealed: a job that ended with results nothing sealed says how many, accepted takes them', async () => {
    const { server, d } = await start((unit, job) =>
      setImmediate(() => server.decide(job, 'accepted', unit.key, [{ value: inputOf(unit) }])),
    )
    const job = d.map(bundle, [1, 2], { batch: 1, deliver: 'sealed' })
    const error = await job.wait().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ResultsUnsealed)
    expect((error as ResultsUnsealed).units).toBe(2)
    expect((error as Error).message).toContain("2 units stand on one word: expected all to be sealed; deliver: 'accepted'")
    expect(await (await d.job(job.id)).wait()).toEqual([1, 2])
    await expect(d.job(job.id, { deliver: 'soon' as Deliver })).rejects.toThrow("Expected `deliver` to be 'accepted' or 'sealed'")
    await expect(d.map(bundle, [1], { deliver: 'soon' as Deliver }).wait()).rejects.toThrow(BadArgument)
  })
})

/** The sum of what its units give, in the simplest way that can be undone. */
class Sum extends DistributedFunction<number, number, number> {
  override result = 0
  protected readonly work = bundle
  readonly undone: unknown[] = []
  readonly said: Pick<ProcessedUnit<number, number>, 'state' | 'confidence' | 'holders'>[] = []
  isRight: (output: number) => boolean = () => true
  protected readonly n: number
  protected processed = 0
  protected next = 1

  constructor(d: DSage, n: number, options: DistributedFunctionOptions = {}) {
    super(d, options)
    this.n = n
  }

  protected override nextJob() {
    const input = this.next
    if (input > this.n) return undefined
    this.next += 1
    return { key: String(input), input }
  }

  protected override processResult({ output, error, state, confidence, holders }: ProcessedUnit<number, number>): Processed {
    if (error) throw new Error(error.message)
    if (!this.isRight(output!)) return reject(`${output} is not right`)
    this.said.push({ state: state!, confidence: confidence!, holders: holders! })
    this.result += output!
    this.processed += 1
    this.done = this.processed === this.n
    return undefined
  }

  protected override retractResult({ output }: ProcessedUnit<number, number>): void {
    this.undone.push(output)
    this.result -= output!
    this.processed -= 1
  }
}

describe('J61 distributed functions', () => {
  it('J61 retractResult is given what was processed, and processResult how sure it is', async () => {
    const { server, d } = await start((unit, job) =>
      setImmediate(() => {
        server.decide(job, 'accepted', unit.key, [{ value: 1000 }])
        server.decide(job, 'retracted', unit.key)
        server.decide(job, 'sealed', unit.key, [{ value: inputOf(unit) }])
      }),
    )
    const sum = new Sum(d, 1, { redundancy: { quorum: 2 } })
    // The first answer makes it done: what the server takes back of a quorum after that is not awaited.
    expect(await sum.wait()).toBe(1000)
    const trustful = new Sum(d, 1, trusting)
    expect(await trustful.wait()).toBe(1)
    expect(trustful.undone).toEqual([1000])
    expect(trustful.said.map(({ state }) => state)).toEqual(['accepted', 'sealed'])
    const patient = new Sum(d, 1, { deliver: 'sealed' })
    expect(await patient.wait()).toBe(1)
    expect([patient.undone, patient.said]).toEqual([[], [{ state: 'sealed', confidence: 1, holders: 2 }]])
  })

  it('J61 with a target error wait resolves when all that was processed is sealed, after whatever is taken back in between', async () => {
    let job = ''
    const { server, d } = await start((unit, id) => {
      job = id
      setImmediate(() => server.decide(id, 'accepted', unit.key, [{ value: 10 }]))
    })
    server.wishes.onMessage = (event, message) => {
      // It is closing: nothing is open, and the server has not finished it.
      if (event === 'add' && message.inputsComplete) server.jobs.get(job)!.state = 'paused'
      return undefined
    }
    const sum = new Sum(d, 3, trusting)
    const waiting = sum.wait()
    await expect.poll(() => server.jobs.get(job)?.complete, { interval: 5 }).toBe(true)
    expect(sum.done).toBe(true)
    server.decide(job, 'sealed', '1', [{ value: 10 }])
    server.decide(job, 'retracted', '2')
    server.decide(job, 'sealed', '2', [{ value: 2 }])
    server.decide(job, 'retracted', '3')
    await expect.poll(() => sum.result, { interval: 5 }).toBe(12)
    server.decide(job, 'accepted', '3', [{ value: 3 }])
    server.decide(job, 'sealed', '3', [{ value: 3 }])
    expect(await waiting).toBe(15)
    expect(sum.undone).toEqual([10, 10])
  })

  it('J61 sealed: more units are asked for while others wait for their seal, and when there are none the samples are asked for', async () => {
    const keys: string[] = []
    const { server, d } = await start((unit, id) => {
      keys.push(unit.key)
      setImmediate(() => server.decide(id, 'accepted', unit.key, [{ value: inputOf(unit) }]))
    })
    server.wishes.onMessage = (event, message) => {
      if (event !== 'add' || !message.inputsComplete) return undefined
      setImmediate(() => {
        for (const key of keys) server.decide(message.job!, 'sealed', key, [{ value: Number(key) }])
      })
      server.jobs.get(message.job!)!.state = 'paused' // it samples before it is over
      return undefined
    }
    const sum = new Sum(d, 5, { ...trusting, deliver: 'sealed', concurrent: 2 })
    expect(await sum.wait()).toBe(15)
    expect([keys, sum.said.map(({ state }) => state)]).toEqual([['1', '2', '3', '4', '5'], Array.from({ length: 5 }, () => 'sealed')])
  })

  it('J61 sealed: what is never sealed is named, and a unit that comes too late is refused', async () => {
    const { server, d } = await start((unit, id) => setImmediate(() => server.decide(id, 'accepted', unit.key, [{ value: inputOf(unit) }])))
    await expect(new Sum(d, 2, { redundancy: 'none', deliver: 'sealed' }).wait()).rejects.toThrow(ResultsUnsealed)
    class Late extends Sum {
      protected override nextJob() {
        return this.next === 2 && this.processed === 0 ? undefined : super.nextJob()
      }
    }
    server.wishes.onMessage = (event, message) => {
      if (event !== 'add' || !message.inputsComplete) return undefined
      setImmediate(() => server.decide(message.job!, 'sealed', '1', [{ value: 1 }]))
      server.jobs.get(message.job!)!.state = 'paused'
      return undefined
    }
    await expect(new Late(d, 2, { ...trusting, deliver: 'sealed' }).wait()).rejects.toThrow(
      "all others waited for their seal; deliver 'accepted'",
    )
  })

  it('J62 a rejected answer goes back to the server, and the next one is processed', async () => {
    const answers = new Map<string, number>()
    const { server, d } = await start((unit, job) => setImmediate(() => server.decide(job, 'sealed', unit.key, [{ value: 99 }])))
    server.wishes.onMessage = (event, message) => {
      if (event !== 'reject') return undefined
      const { job, key } = message as { job: string; key: string }
      answers.set(key, Number(key))
      setImmediate(() => {
        server.decide(job, 'retracted', key)
        server.decide(job, 'sealed', key, [{ value: Number(key) }])
      })
      return { ok: { voided: true } }
    }
    const sum = new Sum(d, 4, { concurrent: 2 })
    sum.isRight = (output) => output !== 99
    expect(await sum.wait()).toBe(10)
    expect(sum.undone).toEqual([])
    const rejected = server.asked.filter(({ event }) => event === 'reject').map(({ message }) => message)
    expect(rejected.toSorted((a, b) => a.event! - b.event!)[0]).toEqual({ job: sum.id, key: '1', event: 1, reason: '99 is not right' })
    expect([...answers.keys()].sort()).toEqual(['1', '2', '3', '4'])
  })

  it('J62 one that is thrown is a rejection too; a saved one is sent again by the next life', async () => {
    const { server, d } = await start((unit, job) => setImmediate(() => server.decide(job, 'sealed', unit.key, [{ value: 99 }])))
    class Thrower extends Sum {
      protected override saveState() {
        return [this.result, this.processed, this.next]
      }
      protected override loadState(state: unknown) {
        ;[this.result, this.processed, this.next] = state as [number, number, number]
      }
      protected override processResult(unit: ProcessedUnit<number, number>) {
        const rejection = super.processResult(unit)
        if (rejection) throw rejection
      }
    }
    server.wishes.onMessage = (event) => (event === 'reject' ? 'silence' : undefined)
    const first = new Thrower(d, 1)
    first.isRight = (output) => output !== 99
    first.start()
    await expect.poll(() => server.asked.some(({ event }) => event === 'reject'), { interval: 5 }).toBe(true)
    const files = new Map<string, string>()
    const kept = { ...d, files: { ...d.files, write: async (name: string, text: string) => void files.set(name, text) } }
    Object.assign(first, { d: kept })
    await first.save('a file')
    server.wishes.onMessage = (event, message) => {
      if (event !== 'reject') return undefined
      const { job, key } = message as { job: string; key: string }
      server.decide(job, 'retracted', key)
      server.decide(job, 'sealed', key, [{ value: 5 }])
      return { ok: { voided: true } }
    }
    const reading = { ...d, files: { ...d.files, read: async (name: string) => files.get(name)! } } as DSage
    const second = await Thrower.restore(reading, 'a file', 1)
    expect(await second.wait()).toBe(5)
    expect([second.undone, server.asked.filter(({ event }) => event === 'reject')]).toMatchObject([[], [{}, {}]])
  })

  it('J62 a unit that was given up cannot be rejected', async () => {
    const { server, d } = await start((unit, job) => setImmediate(() => server.decide(job, 'failed', unit.key, undefined, 'ten copies')))
    class Rejects extends Sum {
      protected override processResult() {
        return reject('so it is')
      }
    }
    await expect(new Rejects(d, 1).wait()).rejects.toThrow('Expected a result to reject, got unit 1, which failed: so it is')
  })

  it.each([
    ['no text', '', '0'],
    ['a number', 5, 'number'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a long text', 'x'.repeat(201), '201'],
  ])('J66 a reason that is %s is refused where it is given', async (_, reason, got) => {
    const { server, d } = await start((unit, job) => setImmediate(() => server.decide(job, 'sealed', unit.key, [{ value: 1 }])))
    class Rejects extends Sum {
      protected override processResult() {
        return reject(reason as string)
      }
    }
    await expect(new Rejects(d, 1).wait()).rejects.toThrow(
      `Expected the reason of \`reject\` to be a text of 1 to 200 characters, got ${got}; say in short what is wrong with the result.`,
    )
    expect(reject('x'.repeat(200)).reason).toHaveLength(200)
  })
})
