import { readFileSync } from 'node:fs'

/** The version of this package, as its package.json says; that stands two folders up in a clone and as published. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
