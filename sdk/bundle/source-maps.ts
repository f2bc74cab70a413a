/**
 * Source maps of bundles made here, beside the text and never shipped: a device knows no more of the researcher's files than it runs.
 */

/** As esbuild writes it: version 3. */
export type SourceMapJson = Readonly<Record<string, unknown>>

/** Bundles of one program are few; the last ones suffice. */
const KEPT = 64
const maps = new Map<string, string>()

/** Keeps the map (JSON) of the bundle `code`. */
export function keepSourceMap(code: string, map: string): void {
  maps.delete(code)
  maps.set(code, map)
  const [oldest] = maps.keys()
  if (maps.size > KEPT) maps.delete(oldest!)
}

/** The map of the bundle `code`, undefined of one that was not made here. */
export function sourceMapOf(code: string): SourceMapJson | undefined {
  const map = maps.get(code)
  return map === undefined ? undefined : (JSON.parse(map) as SourceMapJson)
}
