/**
 * The world a unit sees (INTEGRITY T6): seeded randomness, a standing clock, one locale, a captured console, bounded WebAssembly and no
 * way from text to code. Installed once per realm, before any job byte; what differs from unit to unit is asked from `Surroundings`.
 */
import { CapturedConsole } from './captured-console.ts'
import { installClock } from './clock.ts'
import { refuseCodeGeneration } from './code-generation.ts'
import { installLocale } from './locale.ts'
import { installPortableMath } from './portable-math.ts'
import { define, deleteProperty } from './primordials.ts'
import { SeededRandom } from './random.ts'
import { installCrypto } from './shims.ts'
import type { WasmEngine } from './wasm-engine.ts'
import { installWebAssembly } from './web-assembly.ts'

/**
 * Listed names that no realm has: garbage collection shows through the first two and differs from run to run; the others exist in some
 * engines only, and there is no small maintained implementation of them in plain JavaScript.
 */
const ABSENT = ['WeakRef', 'FinalizationRegistry', 'URL', 'URLSearchParams']

export interface Surroundings {
  /** What `Date.now()` says, milliseconds since 1970. */
  createdAt: number
  /** Most bytes one WebAssembly memory may have. */
  memoryBytes: number
  readonly random: SeededRandom
  readonly console: CapturedConsole
  /** Puts the engine's own Math back, before any job byte. */
  readonly useNativeMath: () => void
}

/** @param wasmEngine what compiles and instantiates WebAssembly. @default the realm's own engine */
export function installSurroundings(
  global: object,
  consoleCharacters: number,
  wasmEngine?: (namespace: typeof WebAssembly) => WasmEngine,
): Surroundings {
  const surroundings: Surroundings = {
    createdAt: 0,
    memoryBytes: 0,
    random: new SeededRandom(),
    console: new CapturedConsole(consoleCharacters),
    useNativeMath: installPortableMath(Math),
  }
  const now = () => surroundings.createdAt
  installClock(global, now)
  installLocale(now)
  installWebAssembly(global, () => surroundings.memoryBytes, wasmEngine)
  refuseCodeGeneration(global)
  installCrypto(global, surroundings.random)
  define(Math, 'random', () => surroundings.random.fraction())
  define(global, 'console', surroundings.console.api)
  for (const name of ABSENT) deleteProperty(global, name)
  return surroundings
}
