import { m } from '../messages/catalogue.ts'

const TAGS: Readonly<Record<string, (content: unknown) => string>> = {
  $int: (digits) => String(digits),
  $number: (name) => String(name),
  $date: (instant) => String(instant),
  $undefined: () => 'undefined',
  $bytes: (base64) => m.jobs.bytes(Math.floor((String(base64).replace(/=+$/, '').length * 3) / 4)),
}

/** A value of REST's JSON as people write it: numbers as numbers, however large, and bytes as how many they are. */
export function readable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(readable).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  const [[key, content] = [], ...others] = Object.entries(value)
  if (key !== undefined && others.length === 0 && Object.hasOwn(TAGS, key)) return TAGS[key]!(content)
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${name}: ${readable(each)}`)
    .join(', ')} }`
}
