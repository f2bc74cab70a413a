/**
 * What runs in a realm before a stranger's first byte, in browsers and in isolates. It captures what it needs (primordials.ts, and the
 * codec its own), removes every global that is not allowed, installs the surroundings, and then runs one unit. Only bytes and text leave.
 *
 * Order of calls: `installHarness()` once per realm; `begin` with the unit before the bundle is evaluated; then `run` with the bundle's
 * namespace or with why it did not load; `collect` afterwards, undefined while `work` has not answered.
 */

import { OutputList } from '../../sdk/codec.ts'
import { LIMITS } from '../../sdk/protocol.ts'
import { SANDBOX_GLOBALS } from '../../sdk/sandbox-globals.ts'
import { removeUnlisted } from './allow-list.ts'
import { Checkpoints, type KeepCheckpoint } from './checkpoints.ts'
import { LOADED_EXPORT } from './loaded-export.ts'
import { installMath } from './math-scope.ts'
import { type TellProgress, UnitProgress } from './progress.ts'
import { installShims } from './shims.ts'
import { installSurroundings, type Surroundings } from './surroundings.ts'
import { describeThrown, type Thrown } from './thrown.ts'
import { type ReadFile, UnitFiles } from './unit-files.ts'
import { answerAll, readUnit, runInputs, type Unit, type UnitReport, type Work } from './unit-run.ts'
import type { WasmEngine } from './wasm-engine.ts'

/** Why a bundle did not load. Messages of engines differ, so the first two have texts of our own; the engine's goes into the stack. */
export type LoadFailure =
  | { readonly kind: 'syntax' | 'imports'; readonly detail: string }
  | ({ readonly kind: 'thrown'; readonly detail?: undefined } & Thrown)

export interface HarnessOptions {
  /** Takes from the realm's global object what is not allowed. @default every name outside the list */
  readonly confine?: (global: object) => void
  /** Called when `collect` has something to give, for whoever does not ask by himself. */
  readonly onReport?: () => void
  /** Makes what compiles and instantiates WebAssembly. @default the realm's own engine as it is */
  readonly wasmEngine?: ((namespace: typeof WebAssembly) => WasmEngine) | undefined
}

export interface Realm {
  /** Throws when `input` or `seed` is not what a server sends. `tell` and `keep` are called while the unit runs. */
  begin(
    createdAt: number,
    memoryBytes: number,
    input: Uint8Array,
    seed: Uint8Array,
    tell?: TellProgress,
    keep?: KeepCheckpoint,
    checkpoint?: Uint8Array,
  ): void
  /** Before the first `begin`, for a job that computes with the engine's own Math. */
  useNativeMath(): void
  /** Before `run`: files of the unit's job, read when its code asks. */
  provide(names: readonly string[], read: ReadFile): void
  run(namespace: object | undefined, failure: LoadFailure | undefined): void
  collect(): (UnitReport & { readonly console: string }) | undefined
}

function describeFailure(failure: LoadFailure): Thrown {
  if (failure.kind === 'thrown') return { name: failure.name, message: failure.message }
  if (failure.kind === 'imports') return { name: 'TypeError', message: 'The bundle imports other modules; it must hold all of its code.' }
  return { name: 'SyntaxError', message: 'The bundle does not parse as an ES module.' }
}

function isLoaded(namespace: object): boolean {
  try {
    return (namespace as Record<string, unknown>)[LOADED_EXPORT] === true
  } catch {
    return false
  }
}

function workOf(namespace: object): Work | Thrown {
  try {
    const { work } = namespace as { work?: unknown }
    if (typeof work === 'function') return work as Work
  } catch (error) {
    return describeThrown(error)
  }
  return { name: 'TypeError', message: 'The bundle exports no function `work`.' }
}

function contextOf({ random, console }: Surroundings, progress: UnitProgress, checkpoints: Checkpoints, files: UnitFiles): unknown {
  return Object.freeze({
    random: () => random.fraction(),
    tick: async () => {},
    console: console.api,
    progress: (fraction: unknown, note: unknown) => progress.report(fraction, note),
    checkpoint: (value: unknown) => checkpoints.take(value),
    files: files.api,
    get restored() {
      return checkpoints.restored
    },
  })
}

const confineToList = (global: object): void => removeUnlisted(global, SANDBOX_GLOBALS)

export function installHarness({ confine = confineToList, onReport = () => {}, wasmEngine }: HarnessOptions = {}): Realm {
  const global = globalThis
  installShims(global)
  installMath(global)
  const surroundings = installSurroundings(global, LIMITS.consoleCharacters, wasmEngine)
  confine(global)
  const answering = { outputs: new OutputList(), maxBytes: LIMITS.payloadBytes }
  const { random, console } = surroundings
  const progress = new UnitProgress()
  const checkpoints = new Checkpoints({ random, console, outputs: answering.outputs })
  const files = new UnitFiles()
  const context = contextOf(surroundings, progress, checkpoints, files)
  const running = { ...answering, progress, checkpoints, random, console, context }
  let unit: Unit = { inputs: [], seed: 0n }
  let report: UnitReport | undefined
  const answer = (done: UnitReport): void => {
    report = done
    onReport()
  }
  return {
    begin(createdAt, memoryBytes, input, seed, tell, keep, checkpoint) {
      surroundings.createdAt = createdAt
      surroundings.memoryBytes = memoryBytes
      surroundings.console.clear()
      report = undefined
      unit = readUnit(input, seed, checkpoint)
      progress.begin(tell)
      checkpoints.begin(keep)
      files.clear()
    },
    useNativeMath: surroundings.useNativeMath,
    provide: (names, read) => files.provide(names, read),
    run(namespace, failure) {
      const loaded = namespace !== undefined && isLoaded(namespace)
      if (!loaded && failure === undefined) return
      const work = loaded ? workOf(namespace) : describeFailure(failure!)
      if (typeof work !== 'function') {
        const refused = answerAll(unit, work, answering)
        if (!loaded) refused.stack = failure!.detail
        answer(refused)
      } else runInputs(work, unit, running, answer)
    },
    collect() {
      if (report === undefined) return undefined
      const { output, errored, message, stack } = report
      return { output, errored, message, stack, console: surroundings.console.text }
    },
  }
}
