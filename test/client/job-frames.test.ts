import { afterEach, describe, expect, test } from 'vitest'
import { encodeOutputs } from '../../sdk/codec.ts'
import { browserThreads } from '../../web-worker-client/browser/browser-threads.ts'
import type { UnitOutcome, UnitToRun } from '../../web-worker-client/engine/sandbox-thread.ts'
import { type FakeManners, FakePage, type FakeWork } from '../support/fake-page.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { erroredOf, unitOf, valuesOf } from './sandbox-support.ts'

const output = (value: unknown) => encodeOutputs([{ value }])
/** Says which worker of which frame ran it. */
const answers: FakeWork = (_order, port, { frame, id }) => port.postMessage({ output: output(`${frame.id}.${id}`), console: '' })

const pages: FakePage[] = []
afterEach(() => {
  for (const page of pages.splice(0)) page.end()
})

function bench(manners: FakeManners = {}) {
  const page = new FakePage({ work: answers, ...manners })
  pages.push(page)
  const clock = new ManualClock()
  const trouble: boolean[] = []
  const warnings: string[] = []
  const log = { info: () => {}, warn: (sentence: string) => warnings.push(sentence) }
  const spawn = browserThreads({ maker: page, clock, log, onTrouble: (isTroubled) => trouble.push(isTroubled) })
  return { page, clock, trouble, warnings, spawn, thread: spawn() }
}
const unit = (job = 'a job', timeoutSeconds = 60, isolation: UnitToRun['isolation'] = 'unit') =>
  unitOf('export const work = () => 0', [0], { job, timeoutSeconds, isolation })
const until = (holds: () => boolean) => expect.poll(holds, { interval: 2 }).toBe(true)

describe('loaders', () => {
  test('X10 a frame that never becomes ready is removed after 5 s, and the other loader tried', async () => {
    const { page, clock, thread } = bench({ loads: (loader) => loader === 'data' })
    const first = thread.run(unit())
    await until(() => page.opened.length === 1)
    clock.advance(4000)
    expect(await first).toBeUndefined()
    const second = thread.run(unit())
    clock.advance(1000)
    expect(valuesOf((await second)!)[0]).toContain(`${page.opened[1]!.id}.`)
    expect(page.opened.map(({ loader }) => loader)).toEqual(['blob', 'data'])
    expect([...page.frames.keys()]).toEqual([page.opened[1]!.id])
  })

  test.each(['fails', 'mute'] as const)('X10 where a blob: worker %s, data: is used, for later jobs first', async (manner) => {
    const { page, clock, thread, warnings } = bench({ worker: (loader) => (loader === 'blob' ? manner : 'ready') })
    const first = thread.run(unit())
    await until(() => page.opened[0]?.spawned.length === 1)
    if (manner === 'mute') clock.advance(2000)
    valuesOf((await first)!)
    valuesOf((await thread.run(unit('another job')))!)
    expect(page.opened.map(({ loader }) => loader)).toEqual(['blob', 'data', 'data'])
    expect(warnings).toHaveLength(manner === 'fails' ? 1 : 0)
  })

  test('X10 a loader that stops working is left for the other, and the unit still runs', async () => {
    const { page, thread } = bench({ worker: (loader, id) => (loader === 'blob' && id > 3 ? 'fails' : 'ready') })
    const ran: unknown[] = []
    for (let i = 0; i < 6; i++) ran.push(...valuesOf((await thread.run(unit()))!))
    expect(ran).toHaveLength(6)
    expect(page.opened.map(({ loader }) => loader)).toEqual(['blob', 'data'])
    expect(page.frames.has(page.opened[0]!.id)).toBe(false)
  })

  test('X10 where no sandbox can be had the unit comes back untouched, and trouble lasts until one can', async () => {
    const { page, clock, thread, trouble } = bench({ worker: () => 'fails' })
    const untouched = thread.run(unit())
    await until(() => trouble.length === 1)
    clock.advance(3999)
    expect(page.opened).toHaveLength(2)
    clock.advance(1)
    expect(await untouched).toBeUndefined()
    expect(trouble).toEqual([true])
    expect(page.frames.size).toBe(0)
    page.manners = { work: answers }
    valuesOf((await thread.run(unit()))!)
    expect(trouble).toEqual([true, false])
  })
})

describe('faults', () => {
  test('X2 a unit that never answers is stopped at its deadline, and its frame removed, which ends whatever its worker still does', async () => {
    const { page, clock, thread } = bench({ work: () => {} })
    const running = thread.run(unit('a job', 1.5))
    await until(() => page.opened[0]?.spawned[0]?.units === 1)
    clock.advance(1499)
    expect(page.opened[0]!.workers.has(1)).toBe(true)
    clock.advance(1)
    expect(await running).toMatchObject({ errored: 'deadline', seconds: 1.5 })
    expect(page.frames.size).toBe(0)
  })

  test('X2 a frame in which a unit was stopped takes no more units, and goes with the last that runs in it', async () => {
    const { page, clock, thread, spawn } = bench({ work: () => {} })
    const one = { output: output('one'), console: '' }
    const stopped = thread.run(unit('a job', 1))
    await until(() => page.opened[0]?.spawned[0]?.units === 1)
    let answer = (_: unknown): void => {}
    page.manners = { work: (_order, port) => (answer = (message) => port.postMessage(message)) }
    const other = spawn()
    const running = other.run(unit('a job', 600))
    await until(() => page.opened[0]!.spawned.some(({ id, units }) => id > 1 && units === 1))
    clock.advance(1000)
    expect(await stopped).toMatchObject({ errored: 'deadline' })
    const finish = answer
    page.manners = { work: answers }
    expect(valuesOf((await thread.run(unit()))!)).toEqual([`${page.opened[1]!.id}.1`])
    expect(page.frames.size).toBe(2)
    finish(one)
    expect(valuesOf((await running)!)).toEqual(['one'])
    expect([...page.frames.keys()]).toEqual([page.opened[1]!.id])
  })

  test('X2 with the frame of a stopped unit go those without units: they may be what keeps its process', async () => {
    const { page, clock, thread } = bench()
    valuesOf((await thread.run(unit('an idle job')))!)
    page.manners = { work: () => {} }
    const running = thread.run(unit('a job', 1))
    await until(() => page.opened[1]?.spawned[0]?.units === 1)
    expect(page.frames.size).toBe(2)
    clock.advance(1000)
    expect(erroredOf((await running)!)).toBe('deadline')
    expect(page.frames.size).toBe(0)
  })

  test('X10 a frame that does not terminate a worker within a second is removed, and made anew for the next unit', async () => {
    const { page, clock, thread, spawn } = bench({ work: () => {}, obeys: (order) => order !== 'terminate' })
    const stopped = thread.run(unit('a job', 1))
    const neighbour = spawn().run(unit('a job', 600))
    await until(() => page.opened[0]?.spawned.filter(({ units }) => units === 1).length === 2)
    clock.advance(1000)
    await stopped
    clock.advance(999)
    expect(page.frames.size).toBe(1)
    clock.advance(1)
    expect(page.frames.size).toBe(0)
    expect(erroredOf((await neighbour)!)).toBe('crashed')
    page.manners = { work: answers }
    expect(valuesOf((await thread.run(unit()))!)).toEqual([`${page.opened[1]!.id}.1`])
    expect(page.opened[1]!.loader).toBe('blob')
  })

  test('X10 a frame that is gone costs the unit it ran and nothing else', async () => {
    const { page, clock, thread } = bench({ work: () => {} })
    const running = thread.run(unit('a job', 600))
    await until(() => page.opened[0]?.spawned[0]?.units === 1)
    // The unit's deadline and the next ping: that the unit was taken is heard, and that the next worker is ready.
    await until(() => clock.pending === 2)
    page.manners = { obeys: () => false }
    clock.advance(2000)
    clock.advance(5000)
    expect(await running).toMatchObject({ errored: 'crashed' })
    page.manners = { work: answers }
    valuesOf((await thread.run(unit()))!)
  })

  test('X10 a worker that died while it waited costs no unit, and its frame is made anew', async () => {
    const { page, clock, thread } = bench({ takes: () => false, work: () => {} })
    const running = thread.run(unit('a job', 600))
    await until(() => page.opened[0]?.spawned[0]?.units === 1)
    clock.advance(3000)
    expect(await running).toBeUndefined()
    expect(page.frames.size).toBe(0)
    page.manners = { work: answers }
    valuesOf((await thread.run(unit()))!)
  })

  const liars: Record<string, [FakeWork, string]> = {
    'answers twice': [
      (_order, port) => {
        port.postMessage({ output: output('first'), console: '' })
        port.postMessage({ output: output('second'), console: '' })
      },
      'first',
    ],
    'answers with no report': [(_order, port) => port.postMessage('hello'), 'crashed'],
    'answers with nothing': [(_order, port) => port.postMessage({}), 'crashed'],
    'answers with too much': [(_order, port) => port.postMessage({ output: new Uint8Array(2 ** 20 + 1) }), 'output-too-large'],
    'answers with noise': [(_order, port) => port.postMessage({ output: new Uint8Array([1, 2, 3]) }), 'unserialisable'],
    'answers with further fields': [(_order, port) => port.postMessage({ output: output(1), seconds: 0 }), 'crashed'],
    'answers with a reason that is none': [(_order, port) => port.postMessage({ errored: 'bundle-unavailable', message: '' }), 'crashed'],
  }
  test.each(Object.entries(liars))(
    'X8 of a worker that %s only the first message counts, and only if it is a report',
    async (_, [work, expected]) => {
      const { page, thread } = bench({ work })
      const outcome = (await thread.run(unit()))!
      expect('errored' in outcome ? outcome.errored : valuesOf(outcome)[0]).toBe(expected)
      page.manners = { work: answers }
      expect(valuesOf((await thread.run(unit()))!)[0]).toMatch(/^\d+\.\d+$/)
    },
  )

  test('X8 an answer for a unit that is over reaches no other', async () => {
    const ports: MessagePort[] = []
    const { page, clock, thread } = bench({ work: (_order, port) => ports.push(port) })
    const late = thread.run(unit('a job', 1, 'job'))
    await until(() => ports.length === 1)
    clock.advance(1000)
    expect(erroredOf((await late)!)).toBe('deadline')
    page.manners = {
      work: (_order, port) => {
        ports[0]!.postMessage({ output: output('forged'), console: '' })
        port.postMessage({ output: output('genuine'), console: '' })
      },
    }
    expect(valuesOf((await thread.run(unit('a job', 60, 'job')))!)).toEqual(['genuine'])
  })

  test('X10 what is aborted is stopped, also before a sandbox was found', async () => {
    const { page, thread } = bench({ work: () => {} })
    const early = thread.run(unit())
    thread.abort()
    expect(erroredOf((await early)!)).toBe('crashed')
    const running = thread.run(unit())
    await until(() => page.opened.at(-1)!.spawned.some(({ units }) => units === 1))
    thread.abort()
    expect(erroredOf((await running)!)).toBe('crashed')
  })
})

describe('frames and realms', () => {
  test('X11 units of a job share a frame, units of two never, and no worker runs two', async () => {
    const { page, spawn } = bench()
    const [a, b] = [spawn(), spawn()]
    const outcomes: (UnitOutcome | undefined)[] = []
    for (let i = 0; i < 4; i++) outcomes.push(...(await Promise.all([a.run(unit('one')), b.run(unit('two'))])))
    outcomes.push(...(await Promise.all([a.run(unit('one')), b.run(unit('one'))])))
    const ran = outcomes.map((outcome) => String(valuesOf(outcome!)[0]))
    expect(new Set(ran).size).toBe(10)
    expect(page.opened).toHaveLength(2)
    const frames = ran.map((name) => Number(name.split('.')[0]))
    expect(new Set([frames[0], frames[1]]).size).toBe(2)
    expect(frames.slice(8)).toEqual([frames[0], frames[0]])
    expect(page.opened.flatMap(({ spawned }) => spawned).every(({ units }) => units <= 1)).toBe(true)
  })

  test('X11 the next realm is made while a unit runs, and a frame without units is removed after 5 s', async () => {
    const ports: MessagePort[] = []
    const { page, clock, thread } = bench({ work: (_order, port) => ports.push(port) })
    const running = thread.run(unit())
    await until(() => page.opened[0]?.spawned.length === 2)
    ports[0]!.postMessage({ output: output(1), console: '' })
    await running
    await until(() => page.opened[0]!.workers.size === 1)
    clock.advance(4999)
    expect(page.frames.size).toBe(1)
    clock.advance(1)
    expect(page.frames.size).toBe(0)
  })

  test('X11 at most three frames stand without units', async () => {
    const { page, thread } = bench()
    for (let i = 0; i < 6; i++) valuesOf((await thread.run(unit(`job ${i}`)))!)
    expect(page.opened).toHaveLength(6)
    expect(page.frames.size).toBeLessThanOrEqual(3)
  })

  test('X11 where realms may be used again they serve one job, 500 units and 60 s, and none after an error', async () => {
    const { page, clock, thread } = bench()
    const ran = async (job = 'a job') => valuesOf((await thread.run(unit(job, 60, 'job')))!)[0] as string
    const first = await ran()
    for (let i = 1; i < 500; i++) expect(await ran()).toBe(first)
    const second = await ran()
    expect(second).not.toBe(first)
    expect(await ran('another job')).not.toBe(second)
    clock.advance(4000)
    expect(await ran()).toBe(second)
    for (let passed = 0; passed < 60_000; passed += 4000) {
      clock.advance(4000)
      await ran()
    }
    const third = await ran()
    expect(third).not.toBe(second)
    page.manners = { work: (_order, port) => port.postMessage({ errored: 'crashed', message: 'no' }) }
    expect(erroredOf((await thread.run(unit()))!)).toBe('crashed')
    page.manners = { work: answers }
    expect(await ran()).not.toBe(third)
  })

  test('T8 a unit that must have a realm of its own gets none that was used, and only one that shares says so', async () => {
    const { thread } = bench()
    const run = async (isolation: 'unit' | 'job') => (await thread.run(unit('a job', 60, isolation))) as { reused?: true } & UnitOutcome
    const outcomes = [await run('job'), await run('job'), await run('unit'), await run('job'), await run('job')]
    expect(outcomes.map(({ reused }) => reused)).toEqual([undefined, true, undefined, undefined, true])
    const [first, second, alone, third] = outcomes.map((outcome) => valuesOf(outcome)[0])
    expect(second).toBe(first)
    expect(new Set([first, alone, third]).size).toBe(3)
  })
})
