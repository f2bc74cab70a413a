/** `dsage/math` as names of the realm. */
import * as math from '../../sdk/math.ts'
import { MATH_NAMES } from '../../sdk/sandbox-globals.ts'
import { define } from './primordials.ts'

export function installMath(global: object): void {
  for (const [name, value] of Object.entries(math)) {
    if (!MATH_NAMES.includes(name)) continue
    // Bundling may have given it another.
    if (!Object.isFrozen(value)) Object.defineProperty(value, 'name', { value: name })
    define(global, name, value)
  }
}
