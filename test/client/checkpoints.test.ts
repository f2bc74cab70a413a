import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeOutputs, encode, OutputList } from '../../sdk/codec.ts'
import { LIMITS } from '../../sdk/protocol.ts'
import type { WorkContext } from '../../sdk/work-context.ts'
import { Checkpoints as KeptCheckpoints } from '../../web-worker-client/engine/checkpoints.ts'
import { memoryFolder } from '../../web-worker-client/engine/outbox-store.ts'
import type { HeldUnit } from '../../web-worker-client/engine/pool.ts'
import { UnitNewsReader } from '../../web-worker-client/engine/unit-news.ts'
import { privateFolder } from '../../web-worker-client/headless/identity.ts'
import { headlessThreads } from '../../web-worker-client/headless/spawn-thread.ts'
import { CapturedConsole } from '../../web-worker-client/sandbox/captured-console.ts'
import { Checkpoints, readCheckpoint } from '../../web-worker-client/sandbox/checkpoints.ts'
import { UnitProgress } from '../../web-worker-client/sandbox/progress.ts'
import { SeededRandom } from '../../web-worker-client/sandbox/random.ts'
import { readUnit, runInputs, type UnitReport, type Work } from '../../web-worker-client/sandbox/unit-run.ts'
import { chromiumEngine } from '../support/browsers/chromium.ts'
import { checkpointOf, runUnit, startSandboxPage } from '../support/sandbox-page/sandbox-page.ts'
import { broken, endless } from './checkpoint-bundle.ts'
import { valuesOf } from './sandbox-support.ts'

describe('what a checkpoint holds', () => {
  /** Runs a unit in this realm, a second passing at each look at the clock; its report, and every checkpoint it kept. */
  async function runHere(work: Work, inputs: readonly unknown[], checkpoint?: Uint8Array) {
    let now = 0
    const sources = { random: new SeededRandom(), console: new CapturedConsole(LIMITS.consoleCharacters), outputs: new OutputList() }
    const checkpoints = new Checkpoints(sources, () => (now += 1000))
    const kept: Uint8Array[] = []
    checkpoints.begin((bytes) => kept.push(bytes))
    const context = {
      random: () => sources.random.fraction(),
      console: sources.console.api,
      checkpoint: (value: unknown) => checkpoints.take(value),
      get restored() {
        return checkpoints.restored
      },
    }
    const running = { ...sources, checkpoints, context, progress: new UnitProgress(), maxBytes: LIMITS.payloadBytes }
    const unit = readUnit(encode(inputs), new Uint8Array(16).fill(3), checkpoint)
    const report = await new Promise<UnitReport>((resolve) => void runInputs(work, unit, running, resolve))
    return { report, kept, printed: sources.console.text, context }
  }

  /** Each input says how many steps it takes; each step draws, prints, keeps or does not, as it says. */
  const work: Work = (input, context) => {
    const { random, checkpoint, console, restored } = context as WorkContext
    const steps = input as number[]
    let { at, seen } = (restored as { at: number; seen: unknown[] } | undefined) ?? { at: 0, seen: [] }
    for (; at < steps.length; at++) {
      if (steps[at]! % 2 === 1) checkpoint({ at, seen })
      if (steps[at]! > 3) console.log('at', at, steps[at])
      seen = [...seen, random(), at]
      if (steps[at] === 9) throw new RangeError(`nine at ${at}`)
    }
    return seen
  }

  test('X19 from every checkpoint of a unit its run goes on to the very bytes, and the very console, of an unbroken one', async () => {
    const units = fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 6 }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(units, async (inputs) => {
        const whole = await runHere(work, inputs)
        for (const checkpoint of whole.kept) {
          const resumed = await runHere(work, inputs, checkpoint)
          expect([resumed.report.output, resumed.printed]).toEqual([whole.report.output, whole.printed])
        }
      }),
      { numRuns: 40 },
    )
  })

  test('X19 a value that cannot travel is refused whenever it is given, and one is kept at most once a second', async () => {
    let refused = 0
    const { report, kept } = await runHere(
      (value, context) => {
        const { checkpoint } = context as WorkContext
        for (const wrong of [() => 1, new Uint8Array(LIMITS.payloadBytes)]) {
          try {
            checkpoint(wrong)
          } catch (error) {
            if (error instanceof TypeError && error.message.startsWith('The checkpoint cannot be kept. Expected')) refused += 1
          }
        }
        checkpoint(value)
        return 'done'
      },
      [1],
    )
    expect([refused, kept.length, decodeOutputs(report.output!)]).toEqual([2, 1, [{ value: 'done' }]])
  })

  test('X19 what a value’s own code calls meanwhile, or after the input is over, keeps nothing', async () => {
    const { kept, context } = await runHere(
      (_, context) => {
        const { checkpoint } = context as WorkContext
        const keeping = (value: string, list: number[]) =>
          new Proxy(list, {
            ownKeys: (target) => {
              checkpoint(value)
              return Reflect.ownKeys(target)
            },
          })
        checkpoint(keeping('inside', [1]))
        return keeping('outside', [2])
      },
      [1],
    )
    ;(context as unknown as WorkContext).checkpoint('late')
    expect(kept.map((bytes) => readCheckpoint(bytes)!.value)).toEqual([[1]])
  })

  test('X20 bytes that are no checkpoint are not used: the unit begins anew', async () => {
    const { kept } = await runHere(work, [[1, 1, 1]])
    const damaged = [new Uint8Array(0), encode([1]), encode([{ value: [1, 2, 3, 4, 5] }]), kept[0]!.slice(1), kept[0]!.slice(0, -1)]
    const whole = await runHere(work, [[2, 2]])
    for (const bytes of damaged) expect((await runHere(work, [[2, 2]], bytes)).report.output).toEqual(whole.report.output)
  })

  test('X20 a sandbox that gives more than a checkpoint may hold is not believed', () => {
    const reader = new UnitNewsReader(() => 0, undefined)
    expect(reader.hear({ news: 'checkpoint', bytes: new Uint8Array(LIMITS.checkpointBytes) })).toBe(true)
    expect(reader.hear({ news: 'checkpoint', bytes: new Uint8Array(LIMITS.checkpointBytes + 1) })).toBe(false)
    expect(reader.hear({ news: 'checkpoint', bytes: 'text' })).toBe(false)
  })
})

describe('in a sandbox', () => {
  const threads = headlessThreads({ complain: () => {} })

  test('X19 a headless thread that was stopped goes on from its checkpoint to the bytes of an unbroken run', async () => {
    const thread = threads()
    const { promise, resolve } = Promise.withResolvers<Uint8Array>()
    const onCheckpoint = (bytes: Uint8Array) => {
      resolve(bytes)
      thread.abort()
    }
    const stopped = thread.run(endless(), { onProgress: () => {}, onCheckpoint })
    const { whole, resumed } = broken(await promise)
    await stopped
    const [unbroken, goneOn] = [await thread.run(whole), await thread.run(resumed)]
    await thread.close()
    expect(valuesOf(unbroken)).toMatchObject([{ restored: false }, { restored: false }, { restored: false }])
    expect({ ...goneOn, seconds: 0 }).toEqual({ ...unbroken, seconds: 0 })
    expect(goneOn.seconds).toBeLessThan(unbroken.seconds)
  })

  test('X19 a thread of Chromium does so too', async (context) => {
    context.skip(chromiumEngine.missing() !== undefined, chromiumEngine.missing())
    const [page, browser] = await Promise.all([startSandboxPage(), chromiumEngine.launch()])
    const tab = await browser.open(page.url)
    const { whole, resumed } = broken(await checkpointOf(tab, endless()))
    const [unbroken, goneOn] = [(await runUnit(tab, whole))!, (await runUnit(tab, resumed))!]
    expect({ ...goneOn, seconds: 0 }).toEqual({ ...unbroken, seconds: 0 })
    expect(valuesOf(goneOn)).toHaveLength(3)
    await browser.close()
    await page.close()
  })
})

describe('what a device keeps', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dsage-checkpoints-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const DEVICE = 'd'.repeat(32)
  const log = { info: () => {}, warn: (sentence: string) => warnings.push(sentence) }
  const warnings: string[] = []
  const unit = (lease: string, input = 1, job = 'j'): HeldUnit =>
    ({ leased: { lease, job, input: Uint8Array.of(input), seed: new Uint8Array(16) }, brief: { job, bundle: 'b' } }) as HeldUnit
  async function opened(bytes = memoryFolder(), device = DEVICE) {
    const kept = new KeptCheckpoints({ folder: bytes, device: () => device, log })
    await kept.open(device)
    return kept
  }
  const settled = async (kept: KeptCheckpoints) => {
    await kept.get(unit('any')) // what was asked before has its name by now
    await new Promise((resolve) => setImmediate(resolve))
    await kept.written()
  }

  test('X20 the newest of a unit outlives the process, in a private file, for this device and unit only', async () => {
    const path = join(folder, 'kept')
    const first = await opened(privateFolder(path))
    first.keep(unit('lease one'), Uint8Array.of(1))
    first.keep(unit('lease one'), Uint8Array.of(2))
    await expect.poll(() => readdir(path).catch(() => [])).toHaveLength(1)
    await settled(first)
    const [name] = await readdir(path)
    expect((await stat(join(path, name!))).mode & 0o777).toBe(0o600)
    await expect.poll(async () => (await opened(privateFolder(path))).get(unit('lease two'))).toEqual(Uint8Array.of(2))
    const second = await opened(privateFolder(path))
    expect(await second.get(unit('lease two', 2))).toBeUndefined()
    expect(await second.get(unit('lease two', 1, 'another job'))).toBeUndefined()
    expect((await opened(privateFolder(path), 'e'.repeat(32))).get(unit('lease two'))).toBeUndefined()
    second.forget(unit('lease three'))
    await expect.poll(() => readdir(path)).toEqual([])
  })

  test('X20 it goes with its unit, and what a unit says after its end is not kept', async () => {
    const bytes = memoryFolder()
    const kept = await opened(bytes)
    const over = unit('over')
    kept.keep(over, Uint8Array.of(1))
    kept.forget(over)
    kept.keep(over, Uint8Array.of(2))
    await settled(kept)
    expect([await bytes.list(), kept.get(unit('again'))]).toEqual([[], undefined])
  })

  test('X20 a device keeps 64 at most, and of more the newest', async () => {
    const bytes = memoryFolder()
    const kept = await opened(bytes)
    for (let i = 0; i < 70; i++) kept.keep(unit(`l${i}`, i), Uint8Array.of(i))
    await expect.poll(() => bytes.list()).toHaveLength(64)
    await settled(kept)
    expect([await kept.get(unit('a', 5)), await kept.get(unit('b', 6))]).toEqual([undefined, Uint8Array.of(6)])
  })

  test('X20 a folder that cannot be written costs the checkpoint and nothing else', async () => {
    const fails = () => Promise.reject(new Error('full'))
    const kept = await opened({ list: fails, read: fails, write: fails, remove: fails })
    kept.keep(unit('l'), Uint8Array.of(1))
    await expect.poll(() => warnings.length).toBe(2)
    expect(warnings[1]).toBe('Checkpoints could not be written, units begin anew after a restart: full')
  })
})
