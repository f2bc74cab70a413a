/** What a map may be told, told to a distributed function, and the types that follow from its own. */
import { expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { decode } from '../../sdk/codec.ts'
import { DistributedFunction, type DistributedFunctionOptions, type NextJob, type ProcessedUnit } from '../../sdk/distributed-function.ts'
import type { DSage } from '../../sdk/dsage.ts'
import { DistributedFunctionTest } from '../../sdk/functions/distributed-function-test.ts'
import { DistributedFactor } from '../../sdk/functions/factor/distributed-factor.ts'
import { MandelbrotZoom } from '../../sdk/functions/mandelbrot/mandelbrot-zoom.ts'
import type { Job } from '../../sdk/job.ts'
import type { UnitSpec } from '../../sdk/protocol.ts'
import type { WorkContext } from '../../sdk/work-context.ts'
import { scriptedConnections } from './scripted-connection.ts'
import type { OnUnit, ScriptedServer } from './scripted-server.ts'

let server: ScriptedServer
let d: DSage
const scripted = scriptedConnections()
const start = async (onUnit?: OnUnit) => {
  ;({ server, d } = await scripted.start(onUnit))
}

const inputOf = (unit: UnitSpec) => (decode(unit.input) as number[])[0]!
/** Twice the input; of 3 a text. */
const double = (unit: UnitSpec, job: string) =>
  setImmediate(() => server.decide(job, 'sealed', unit.key, [{ value: inputOf(unit) === 3 ? 'much' : 2 * inputOf(unit) }]))

declare const scale: number

class Doubling extends DistributedFunction<number, number, readonly (number | string)[]> {
  override result: (number | string)[] = []
  readonly #inputs: number[]
  readonly #count: number
  protected readonly work = (n: number) => n * scale

  constructor(d: DSage, inputs: readonly number[], options: DistributedFunctionOptions<number> = {}, own: readonly string[] = []) {
    super(d, { concurrent: 1, vars: { scale: 2 }, ...options }, own)
    this.#inputs = [...inputs]
    this.#count = inputs.length
  }

  protected override nextJob(): NextJob<number> | undefined {
    const input = this.#inputs.shift()
    return input === undefined ? undefined : { key: String(input), input }
  }

  protected override processResult({ output, error }: ProcessedUnit<number, number>) {
    this.result.push(output ?? error!.name)
    this.done = this.result.length === this.#count
  }
}

test('J10 vars of a distributed function travel with its code, and a free variable is refused by name', async () => {
  await start(double)
  expect(await new Doubling(d, [1, 2]).wait()).toEqual([2, 4])
  const { message } = server.asked.find(({ event }) => event === 'submit')!
  const code = new TextDecoder().decode((message as unknown as { code: Uint8Array }).code)
  const module = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)) as { work(n: number): number }
  expect(module.work(21)).toBe(42)
  const without = new Doubling(d, [1], { vars: {} }).wait()
  await expect(without).rejects.toMatchObject({ code: 'free-variable', variables: ['scale'] })
})

test('J55 an option of a distributed function that nothing reads is refused when it is made, with what is known and what to do', async () => {
  await start()
  const made = (options: object) => () => new Doubling(d, [1], options as DistributedFunctionOptions<number>)
  expect(made({ redundency: 'none' })).toThrow('got "redundency"; did you mean "redundancy"?')
  expect(made({ patience: 1 })).toThrow(
    /^Expected options to have no names but name, .*, signal, concurrent, got "patience"; leave it out or, where your class reads it, name it in the third argument of `super`\.$/,
  )
  expect(made({ verify: () => true })).toThrow('got "verify"; make it a field of the class.')
  expect(made({ batch: 10 })).toThrow('got "batch"')
  const given = (options: never) => () => new DistributedFunctionTest(d, 1, options)
  for (const options of [null, 'fast'])
    expect(given(options as never)).toThrow(`Expected options such as { name: 'squares' }, got ${options}.`)
})

test('J55 a class may have options of its own, which it names; those of the built-in functions are known', async () => {
  await start()
  class Own extends Doubling {
    constructor(d: DSage, options: DistributedFunctionOptions<number> & { readonly patience?: number }) {
      super(d, [1], options, ['patience'])
    }
  }
  expect(() => new Own(d, { patience: 1 })).not.toThrow()
  expect(() => new Own(d, { patiense: 1 } as object)).toThrow('got "patiense"; did you mean "patience"?')
  expect(() => new DistributedFunctionTest(d, 1, { concurrent: 2 })).not.toThrow()
  const bundle = 'export const work = 0'
  const factoring = { bundle, distributeFrom: 0, seed: 1n, algebra: true, workers: 1, budget: { curves: 1 }, unitSeconds: { first: 1 } }
  expect(() => new DistributedFactor(d, 91, { ...factoring, trialDivisionLimit: 0, concurrent: 3 })).not.toThrow()
  expect(() => new DistributedFactor(d, 91, { distributedFrom: 0 } as object)).toThrow('did you mean "distributeFrom"?')
  expect(() => new DistributedFactor(d, 91, { budget: { curve: 1 } } as object)).toThrow(
    'Expected `budget` to have no names but curves, got "curve"; did you mean "curves"?',
  )
  expect(() => new DistributedFactor(d, 91, { unitSeconds: { most: 1 } } as object)).toThrow('first, target, least, got "most".')
  expect(() => new MandelbrotZoom(d, { bundle, frames: 1, pauseSeconds: 1 })).not.toThrow()
  expect(() => new MandelbrotZoom(d, { frame: 1 } as object)).toThrow('did you mean "frames"?')
})

test('J13 outputs of a distributed function are those of its schema, and what does not fit is an error of the unit', async () => {
  await start(double)
  const output = z.number().transform((n) => n + 100)
  expect(await new Doubling(d, [1, 3, 4], { output }).wait()).toEqual([102, 'OutputMismatch', 108])
})

test('J13 a signal ends a distributed function here and at the server, and progress is told to the end', async () => {
  const seen: number[] = []
  await start(double)
  await new Doubling(d, [1, 2], { onProgress: ({ units }) => seen.push(units.sealed) }).wait()
  await expect.poll(() => seen.at(-1)).toBe(2)
  await scripted.close()
  const asked = Promise.withResolvers<void>()
  await start(() => asked.resolve())
  const stopper = new AbortController()
  const doubling = new Doubling(d, [1], { signal: stopper.signal }).start()
  await asked.promise
  await expect.poll(() => server.asked.some(({ event }) => event === 'watch')).toBe(true)
  stopper.abort(new Error('enough'))
  await expect(doubling.wait()).rejects.toMatchObject({ code: 'job-cancelled', cause: { message: 'enough' } })
  expect(server.asked.find(({ event }) => event === 'control')?.message.action).toBe('cancel')
  await expect(new Doubling(d, [1], { signal: stopper.signal }).wait()).rejects.toMatchObject({ code: 'job-cancelled' })
})

test('J12 the types of a distributed function, of a map and of parallel are those of their work', () => {
  const never = null as unknown as DSage
  class Longest extends DistributedFunction<readonly string[], { word: string }, number> {
    protected readonly work = (words: readonly string[], ctx: WorkContext) => ({ word: words[Math.floor(ctx.random())]! })
    protected override nextJob() {
      return { input: ['a'] }
    }
    protected override processResult(unit: ProcessedUnit<readonly string[], { word: string }>) {
      expectTypeOf(unit.input).toEqualTypeOf<readonly string[]>()
      expectTypeOf(unit.output).toEqualTypeOf<{ word: string } | undefined>()
    }
  }
  class Wrong extends DistributedFunction<string, number, number> {
    // @ts-expect-error the input of work is a string
    protected readonly work = (n: bigint) => Number(n)
    // @ts-expect-error the input of a unit is a string
    protected override nextJob(): NextJob<number> | undefined {
      return undefined
    }
    protected override processResult() {}
  }
  const types = () => {
    const longest = new Longest(never)
    expectTypeOf(longest.wait).returns.resolves.toEqualTypeOf<number>()
    expectTypeOf(longest.result).toEqualTypeOf<number | undefined>()
    expectTypeOf(Longest.restore(never, 'file')).resolves.toEqualTypeOf<Longest>()
    expectTypeOf(new Wrong(never).start()).toEqualTypeOf<Wrong>()
    expectTypeOf(never.map(async (n: number) => [n], [1])).toEqualTypeOf<Job<number[], number[][], number>>()
    expectTypeOf(
      never.map(
        (n: number) => n,
        (async function* () {
          yield 1
        })(),
      ),
    ).toEqualTypeOf<Job<number, number[], number>>()
    const parallel = never.parallel((n: number, text: string) => ({ n, text }))
    expectTypeOf(parallel([[1, 'a']])).toEqualTypeOf<
      AsyncGenerator<[args: [n: number, text: string], value: { n: number; text: string }], void, void>
    >()
    expectTypeOf(never.dryRun((n: number) => `${n}`, 1)).resolves.toHaveProperty('deterministic')
    // @ts-expect-error the work takes numbers
    never.map((n: number) => n, ['text'])
    // @ts-expect-error the second argument is a text
    parallel([[1, 2]])
    // @ts-expect-error the work takes a number
    never.dryRun((n: number) => n, 'text')
    // @ts-expect-error the work takes numbers
    never.estimate((n: number) => n, ['text'])
  }
  expect(types).toBeTypeOf('function')
})
