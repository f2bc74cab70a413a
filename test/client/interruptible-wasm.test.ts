import { readdirSync, readFileSync } from 'node:fs'
import { createContext, runInContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { interruptibleEngine } from '../../web-worker-client/sandbox/interruptible-engine.ts'
import { interruptible } from '../../web-worker-client/sandbox/interruptible-module.ts'
import { installWebAssembly } from '../../web-worker-client/sandbox/web-assembly.ts'
import { ENDLESS, TERMINATING } from './wasm-modules.ts'

type Compute = (n: number) => unknown

/** An instance of the rewritten module, which calls `pause` when its fuel is used up. */
function paused(bytes: Uint8Array, pause: () => void): WebAssembly.Exports {
  const wrapper = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 5, 1, 0, 0, 0, 0, 7, 5, 1, 1, 102, 0, 0])
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(wrapper), { '': { '': pause } }).exports
  const { bytes: rewritten, added } = interruptible(bytes)
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(rewritten as BufferSource))
  if (added) (exports[added.table] as WebAssembly.Table).set(0, f)
  if (added?.start) (exports[added.start] as () => void)()
  return exports
}

/** WebAssembly of a realm of its own, as job code in WebKit has it. */
function confinedRealm() {
  const realm = createContext({}) as { WebAssembly: typeof WebAssembly }
  Object.assign(realm, { WebAssembly: runInContext('WebAssembly', realm) as typeof WebAssembly })
  installWebAssembly(realm, () => 2 ** 26, interruptibleEngine)
  return realm.WebAssembly
}

/** A module of `sections`, each of them an id and its content. */
const moduleOf = (...sections: [id: number, ...content: number[]][]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, ...sections.flatMap(([id, ...content]) => [id, content.length, ...content])])
const NOTHING_TO_NOTHING = [1, 1, 0x60, 0, 0] as [number, ...number[]]
const ONE_FUNCTION = [3, 1, 0] as [number, ...number[]]
const codeOf = (...body: number[]) => [10, 1, body.length + 2, 0, ...body, 0x0b] as [number, ...number[]]
const LOOP_ONCE = [0x03, 0x40, 0x0b]

class Paused extends Error {}
const stop = () => {
  throw new Paused()
}

describe('what runs for ever', () => {
  test.each(Object.entries(ENDLESS))('X15 %s comes to a pause again and again', (_, { bytes }) => {
    let left = 3
    const countDown = () => {
      if (--left === 0) stop()
    }
    expect(() => (paused(bytes, countDown).f as Compute)(0)).toThrow(Paused)
    expect(left).toBe(0)
  })
})

describe('results', () => {
  test.each(Object.entries(TERMINATING))('X15 a module computes the same with pauses: %s', (_, { bytes }) => {
    const module = new WebAssembly.Module(bytes as BufferSource)
    let pauses = 0
    for (const turns of [1, 2, 7, 100, 100_000]) {
      const expected = (new WebAssembly.Instance(module).exports.f as Compute)(turns)
      expect((paused(bytes, () => pauses++).f as Compute)(turns)).toBe(expected)
    }
    expect(pauses).toBeGreaterThan(0)
  })

  test("X15 the modules of the database's compiler are valid rewritten, with the imports and exports they had", () => {
    const { Module } = confinedRealm()
    const folder = 'node_modules/prisma/build'
    const names = readdirSync(folder).filter((name) => name.endsWith('.wasm'))
    expect(names.length).toBeGreaterThan(0)
    for (const name of names.slice(0, 3)) {
      const bytes = readFileSync(`${folder}/${name}`)
      const original = new WebAssembly.Module(bytes)
      const rewritten = new Module(bytes)
      expect(Module.exports(rewritten)).toEqual(WebAssembly.Module.exports(original))
      expect(Module.imports(rewritten)).toEqual(WebAssembly.Module.imports(original))
      expect(Module.customSections(rewritten, 'name')).toEqual(WebAssembly.Module.customSections(original, 'name'))
    }
  })
})

describe('what job code sees', () => {
  const endless = ENDLESS['a loop']!.bytes as BufferSource

  test('X15 exports are those of the module, frozen, whatever names it took', async () => {
    const { Instance, Module, instantiate } = confinedRealm()
    const named = (first: number) => [4, first, 0, 0, 0, 0, 0]
    const module = moduleOf(NOTHING_TO_NOTHING, ONE_FUNCTION, [7, 3, ...named(0), ...named(1), ...named(3)], codeOf(...LOOP_ONCE))
    const { instance } = await instantiate(module)
    for (const { exports } of [instance, new Instance(new Module(module))]) {
      expect(Object.keys(exports)).toEqual(['\0\0\0\0', '\x01\0\0\0', '\x03\0\0\0'])
      expect(Object.isFrozen(exports)).toBe(true)
      expect(Object.getPrototypeOf(exports)).toBe(null)
    }
    expect(instance.exports).toBe(instance.exports)
    expect(Object.keys(new Instance(new Module(endless)).exports)).toEqual(['f'])
    expect(() => (Object.getOwnPropertyDescriptor(Instance.prototype, 'exports')!.get as () => void).call({})).toThrow(
      /TypeError|WebAssembly/,
    )
  })

  test('X15 a start function runs once, before its instance can be had, and its error is what comes', () => {
    const { Instance, Module } = confinedRealm()
    const importing = [2, 1, 0, 0, 0, 0] as [number, ...number[]]
    const looping = codeOf(...LOOP_ONCE, 0x10, 0)
    const module = new Module(moduleOf(NOTHING_TO_NOTHING, importing, ONE_FUNCTION, [8, 1], looping))
    let runs = 0
    const { exports } = new Instance(module, { '': { '': () => runs++ } })
    expect(runs).toBe(1)
    expect(Object.keys(exports)).toEqual([])
    expect(Module.exports(module)).toEqual([])
    expect(() => new Instance(module, { '': { '': stop } })).toThrow(Paused)
  })

  test('X15 a module that names the counter or the table itself is refused, and what asks twice gets no other answer', async () => {
    const { Module, validate, compile } = confinedRealm()
    const refilling = moduleOf(NOTHING_TO_NOTHING, ONE_FUNCTION, codeOf(...LOOP_ONCE, 0x41, 0, 0x24, 0))
    const calling = moduleOf(NOTHING_TO_NOTHING, ONE_FUNCTION, codeOf(...LOOP_ONCE, 0x41, 0, 0x11, 0, 0))
    for (const module of [refilling, calling]) {
      expect(validate(module)).toBe(false)
      expect(() => new Module(module)).toThrow(/WebAssembly/)
      await expect(compile(module)).rejects.toThrow(/WebAssembly/)
    }
    // js-string.length takes no i64: with the builtins the module is invalid, without them it is not.
    const text = (value: string) => [value.length, ...Buffer.from(value)]
    const imported = [2, 1, ...text('wasm:js-string'), ...text('length'), 0, 0] as [number, ...number[]]
    const module = moduleOf([1, 2, 0x60, 1, 0x7e, 1, 0x7f, 0x60, 0, 0], imported, [3, 1, 1], codeOf(0x03, 0x40, 0x0c, 0, 0x0b))
    let asked = 0
    const options = {
      get builtins() {
        return asked++ === 0 ? ['js-string'] : []
      },
    }
    const Compile = Module as new (bytes: BufferSource, options: object) => WebAssembly.Module
    expect(() => new Compile(module, options)).toThrow('WebAssembly: expected a valid module.')
    expect(asked).toBe(2)
  })

  test('X15 an instruction that cannot be counted is refused by name, and noise never does worse', () => {
    const unknown = moduleOf(NOTHING_TO_NOTHING, ONE_FUNCTION, codeOf(0xfc, 0x7f))
    expect(() => interruptible(unknown)).toThrow(WebAssembly.CompileError)
    expect(() => interruptible(unknown)).toThrow('expected an instruction that the sandbox can count, got opcode 252 127')
    const whole = Object.values(TERMINATING).map(({ bytes }) => bytes)
    fc.assert(
      fc.property(fc.constantFrom(...whole), fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 8 }), (bytes, at, noise) => {
        const broken = Uint8Array.from(bytes)
        broken.set(noise.subarray(0, broken.length), at % (broken.length - noise.length))
        if (WebAssembly.validate(broken)) expect(WebAssembly.validate(interruptible(broken).bytes as BufferSource)).toBe(true)
        else {
          try {
            interruptible(broken)
          } catch (error) {
            expect(error).toBeInstanceOf(WebAssembly.CompileError)
          }
        }
      }),
    )
  })

  test('X15 a module without code that could run on is compiled as it is', () => {
    const module = moduleOf(NOTHING_TO_NOTHING, ONE_FUNCTION, codeOf(0x01))
    expect(interruptible(module)).toEqual({ bytes: module, added: undefined })
  })
})
