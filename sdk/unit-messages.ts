import { LIMITS, type UnitSpec } from './protocol.ts'

/** Bytes of inputs in one message. */
const MESSAGE_BYTES = 4 * 1024 * 1024

/** The units in their order, as many at a time as one message holds. */
export function* unitMessages(wanted: readonly UnitSpec[]): Generator<readonly UnitSpec[], void, void> {
  let units: UnitSpec[] = []
  let bytes = 0
  for (const unit of wanted) {
    if (units.length === LIMITS.itemsPerMessage || bytes + unit.input.length > MESSAGE_BYTES) {
      yield units
      units = []
      bytes = 0
    }
    units.push(unit)
    bytes += unit.input.length
  }
  if (units.length > 0) yield units
}
