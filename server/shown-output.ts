import { toJson } from '../sdk/codec/to-json.ts'
import type { OutputItem } from '../sdk/codec.ts'
import { printable } from '../sdk/printable.ts'

/** One output as JSON for people, control characters escaped. */
export function asText(item: OutputItem | undefined): string {
  if (item === undefined) return 'nothing'
  return printable('error' in item ? `${item.error.name}: ${item.error.message}` : JSON.stringify(toJson(item.value)))
}
