import type { FactorCoordinator } from '../../../sdk/functions/factor/coordinator.ts'
import type { NextUnit } from '../../../sdk/functions/factor/unit-ledger.ts'
import { work } from '../../../sdk/functions/factor/work.ts'

/** The factorisation as the cases file writes it. */
export function asText(factors: readonly (readonly [bigint, number])[]): [string, number][] {
  return factors.map(([value, exponent]) => [String(value), exponent])
}

export function product(coordinator: FactorCoordinator): bigint {
  const parts = [...coordinator.primeFactors, ...coordinator.compositeFactors]
  return parts.reduce((value, [part, exponent]) => value * part ** BigInt(exponent), 1n)
}

/** Units a worker is given until there are none or `most`. */
export function take(coordinator: FactorCoordinator, most = 1000): NextUnit[] {
  const units: NextUnit[] = []
  for (let unit = coordinator.next(); unit !== undefined; unit = coordinator.next()) {
    units.push(unit)
    if (units.length >= most) break
  }
  return units
}

/**
 * Runs a factorisation to its end with `concurrent` units in flight, answered in an order drawn from `seed`; cancelled units are answered late.
 * Returns the keys of all units handed out.
 */
export function drive(
  coordinator: FactorCoordinator,
  options: { concurrent?: number; seed?: number; answer?: (unit: NextUnit) => unknown } = {},
): string[] {
  const { concurrent = 4, seed = 1, answer = ({ input }: NextUnit) => work(input) } = options
  const inFlight: NextUnit[] = []
  const keys: string[] = []
  let state = seed
  while (!coordinator.done) {
    while (coordinator.stepLocal());
    while (inFlight.length < concurrent) {
      const unit = coordinator.next()
      if (unit === undefined) break
      inFlight.push(unit)
      keys.push(unit.key)
    }
    if (inFlight.length === 0) continue
    state = (state * 48_271) % 2_147_483_647
    const [unit] = inFlight.splice(state % inFlight.length, 1)
    coordinator.result(unit!.key, answer(unit!))
  }
  return keys
}
