import type { Page } from '../../sdk/protocol.ts'

export type Row = Readonly<Record<string, unknown>>

/** A page of `rows`, of which one more than `limit` was asked for. */
export function pageOf<Out>(
  rows: readonly Row[],
  limit: number,
  read: (row: Row) => Out,
  cursor = (row: Row) => String(row.id),
): Page<Out> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { rows: shown.map(read), ...(rows.length > limit && last ? { next: cursor(last) } : {}) }
}

export const MOST = 2 ** 31 - 1
/** The row id a list goes on below; of anything else the first page. */
export const cursorOf = (after: string | undefined): number => {
  const id = Number(after ?? Number.NaN)
  return Number.isSafeInteger(id) && id >= 0 && id <= MOST ? id : MOST
}
